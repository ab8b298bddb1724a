"""Open311 GeoReport v2, asked as any program may ask it."""

import json

import pytest
import sqlalchemy as sa
from defusedxml import ElementTree

from services.intake import handlers, models, queries, store
from services.intake.case import SYSTEM
from services.intake.models import open311
from services.intake.open311.formats import as_json, as_xml
from services.intake.rights import handlers as rights_handlers
from services.intake.rights import rights
from services.intake.rosters.duty import officer_for
from services.intake.seed import seed
from shared.clock import now

BASE = "/open311/v2"
COMMUNITY = "340603002001"
FILED = {
    "service_code": "T-GA-03",
    "address_string": "相山区供电社区幸福路 12 号楼下",
    "first_name": "建国",
    "last_name": "王",
    "phone": "13805610000",
    "description": "烧烤店每晚十一点后还在放音响",
    "lat": "33.9596",
    "long": "116.7889",
}


@pytest.fixture
def city(app, runtime):
    """A program of another city, without cookies, while somebody is at the desk."""
    seed(runtime)
    return app.test_client(use_cookies=False)


def filed(city, written="json", **changes: str | None):
    given = {name: text for name, text in (FILED | changes).items() if text is not None}
    return city.post(f"{BASE}/requests.{written}", data=given)


def test_discovery_names_the_specification_and_both_formats(city):
    (endpoint,) = city.get(f"{BASE}/discovery.json").json["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert set(endpoint["formats"]) == {"text/xml", "application/json"}
    answer = city.get(f"{BASE}/discovery.xml")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    formats = ElementTree.fromstring(answer.data).findall("endpoints/endpoint/formats/format")
    assert [one.text for one in formats] == ["text/xml", "application/json"]


def test_every_matter_of_the_pack_is_a_service_in_both_formats(city, runtime):
    listed = city.get(f"{BASE}/services.json").json
    codes = [one["service_code"] for one in listed]
    assert codes == [*runtime.district.out_of_scope, "OTHER"]
    assert {one["type"] for one in listed} == {"realtime"}
    root = ElementTree.fromstring(city.get(f"{BASE}/services.xml").data)
    assert [one.findtext("service_code") for one in root.findall("service")] == codes
    assert root.find("service").findtext("metadata") == "true"


def test_a_definition_lists_the_communities(city, runtime):
    (asked,) = city.get(f"{BASE}/services/T-GA-03.json").json["attributes"]
    assert [one["key"] for one in asked["values"]] == list(runtime.district.communities)
    root = ElementTree.fromstring(city.get(f"{BASE}/services/OTHER.xml").data)
    assert len(root.findall("attributes/attribute/values/value")) == len(asked["values"])


def test_a_request_becomes_a_case_of_whoever_is_on_duty(city, desk, runtime):
    answer = filed(city)
    assert answer.status_code == 201
    (given,) = answer.json
    with runtime.database.read() as connection:
        case = queries.get_case(connection, given["service_request_id"])
    assert (case.channel, case.kind, case.community) == ("open311", "complaint", COMMUNITY)
    assert (case.applicant.name, case.applicant.phone) == ("王建国", "13805610000")
    assert case.owner.username in runtime.district.staff
    assert runtime.district.staff[case.owner.username].community == COMMUNITY
    assert "/track/" in given["service_notice"]


@pytest.mark.parametrize("written", ["json", "xml"])
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"service_code": None}, "service_code"),
        ({"service_code": "nothing"}, "service_code"),
        ({"address_string": "幸福路 12 号"}, "address_string"),
        ({"description": None}, "description"),
        ({"phone": None}, "phone"),
        ({"lat": "north"}, "lat"),
        ({"lat": "91"}, "lat"),
        ({"media_url": "javascript:alert(1)"}, "media_url"),
    ],
)
def test_what_is_wrong_is_named(city, runtime, written, changes, field):
    answer = filed(city, written, **changes)
    assert answer.status_code == 400
    if written == "json":
        told = [one["description"] for one in answer.json]
    else:
        told = [one.findtext("description") for one in ElementTree.fromstring(answer.data)]
    assert any(field in text for text in told), told
    with runtime.database.read() as connection:
        assert not connection.exec_driver_sql("SELECT number FROM cases").all()


def test_nothing_that_people_wrote_is_shown(city):
    number = filed(city).json[0]["service_request_id"]
    for written in ("json", "xml"):
        shown = city.get(f"{BASE}/requests/{number}.{written}").get_data(as_text=True)
        for secret in ("王", "建国", "13805610000", "烧烤", "幸福路", "33.95", "116.78"):
            assert secret not in shown


def test_a_request_is_followed_to_closed_and_opened_again(city, desk, runtime):
    number = filed(city).json[0]["service_request_id"]
    asked = f"{BASE}/requests/{number}.json"
    (before,) = city.get(asked).json
    assert before["status"] == "open"
    assert before["agency_responsible"].startswith("供电社区")
    assert before["expected_datetime"] > before["requested_datetime"]
    assert "日前办结" in before["service_notice"]
    runtime.database.run(lambda tx: handlers.resolve_case(tx, number, SYSTEM, "已劝离"))
    (resolved,) = city.get(asked).json
    assert (resolved["status"], resolved["status_notes"]) == ("closed", "已办结")
    assert resolved["updated_datetime"] >= before["updated_datetime"]
    runtime.database.run(lambda tx: handlers.reopen_case(tx, number, SYSTEM, "还在吵"))
    assert city.get(asked).json[0]["status"] == "open"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "withdrawn"}, ("已撤回，不再办理", "Withdrawn")),
        ({"state": "refused"}, ("不予办理", "Refused")),
        (
            {"state": "closed", "erased_at": now()},
            ("提交人的信息已经删除", "Who filed it was erased"),
        ),
    ],
)
def test_what_ended_for_good_invites_nobody_to_say_it_is_not_solved(city, runtime, changes, said):
    number = filed(city).json[0]["service_request_id"]
    ended = models.cases.update().where(models.cases.c.number == number).values(changes)
    runtime.database.run(lambda tx: tx.execute(ended))
    for lang, words in zip(("zh", "en"), said, strict=True):
        asked = city.get(f"{BASE}/requests/{number}.json", headers={"Accept-Language": lang})
        (one,) = asked.json
        assert one["status"] == "closed"
        assert one["service_notice"].startswith(words)
        assert "没有解决" not in one["service_notice"]
        assert "not solved" not in one["service_notice"]


def test_who_is_forgotten_leaves_no_place_and_no_device_behind(city, runtime):
    number = filed(city, device_id="a-phone").json[0]["service_request_id"]
    given = sa.select(open311.requests.c.given)

    def kept(tx):
        return tx.execute(given).scalar_one()

    assert runtime.database.run(kept)["device_id"] == "a-phone"
    runtime.database.run(
        lambda tx: rights_handlers.forget(tx, [store.load(tx, number)], SYSTEM, rights.ON_REQUEST)
    )
    assert runtime.database.run(kept) == {}


def test_a_search_narrows_by_number_service_status_and_time(city):
    first = filed(city).json[0]["service_request_id"]
    second = filed(city, service_code="OTHER").json[0]["service_request_id"]

    def found(**asked: str):
        answer = city.get(f"{BASE}/requests.json", query_string=asked)
        return [one["service_request_id"] for one in answer.json]

    assert set(found()) == {first, second}
    assert found(service_code="OTHER") == [second]
    assert found(service_request_id=f"{first},unknown") == [first]
    assert found(status="closed") == []
    assert set(found(status="open,closed")) == {first, second}
    assert found(start_date="2020-01-01T00:00:00Z", end_date="2020-02-01T00:00:00Z") == []


@pytest.mark.parametrize(
    "asked",
    [
        {"status": "lost"},
        {"start_date": "yesterday"},
        {"end_date": "0001-01-01T00:00:00Z"},
        {"end_date": "9999-12-31T23:59:59-12:00"},
        {"start_date": "0001-01-01T00:00:00+08:00", "end_date": "0001-01-02T00:00:00+08:00"},
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"},
        {"service_request_id": ",".join(["x"] * 101)},
    ],
)
def test_a_search_that_cannot_be_is_refused(city, asked):
    answer = city.get(f"{BASE}/requests.json", query_string=asked)
    assert answer.status_code == 400
    assert answer.json[0]["description"].split(":")[0] in asked


def test_what_is_not_there_is_404_in_the_format_asked_for(city):
    assert city.get(f"{BASE}/services/NOTHING.json").status_code == 404
    answer = city.get(f"{BASE}/requests/XS-1.xml")
    assert answer.status_code == 404
    assert ElementTree.fromstring(answer.data).tag == "errors"
    assert city.get(f"{BASE}/services.yaml").status_code == 404


def test_the_same_key_files_once(city):
    headers = {"Idempotency-Key": "from-another-city-1"}
    numbers = {
        city.post(f"{BASE}/requests.json", data=FILED, headers=headers).json[0][
            "service_request_id"
        ]
        for _ in range(3)
    }
    assert len(numbers) == 1


def test_the_same_key_files_once_though_somebody_else_is_on_duty_by_now(city, runtime):
    """The answer was lost, the shift changed, and the program asks in another language."""
    sent = {"data": FILED, "headers": {"Idempotency-Key": "sent-before-lunch"}}
    number = city.post(f"{BASE}/requests.json", **sent).json[0]["service_request_id"]
    with runtime.database.read() as connection:
        before = queries.get_case(connection, number).owner
    gone = models.accounts.c.username == before.username
    runtime.database.run(
        lambda tx: tx.execute(models.accounts.update().where(gone).values(active=False))
    )
    assert runtime.database.run(lambda tx: officer_for(tx, COMMUNITY, tx.now)) != before
    sent["headers"]["Accept-Language"] = "en"
    again = city.post(f"{BASE}/requests.json", **sent)
    assert (again.status_code, again.json[0].get("service_request_id")) == (201, number)


def test_one_address_files_thirty_an_hour(city):
    for _ in range(30):
        assert filed(city).status_code == 201
    answer = filed(city)
    assert answer.status_code == 429
    assert "频繁" in answer.json[0]["description"]


def test_values_are_written_so_that_xml_stays_xml():
    value = [{"code": "400", "description": 'a < b & "c" ]]>'}]
    assert json.loads(as_json(value)) == value
    root = ElementTree.fromstring(as_xml("errors", value))
    assert root.find("error").findtext("description") == value[0]["description"]
