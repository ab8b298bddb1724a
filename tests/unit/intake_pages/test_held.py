"""What is held of somebody in every package, and given to them, not others' (PIPL 45)."""

import json
import re

import pytest
import sqlalchemy as sa

from services.intake import handlers, models
from services.intake.archive import actions as archive
from services.intake.deliberation import handlers as deliberation
from services.intake.deliberation.handlers import Draft
from services.intake.grids.report_new_handlers import make_report
from services.intake.ledger import handlers as ledger
from services.intake.ledger.demand import Heard
from services.intake.rights.queries import OWN_TABLES
from services.intake.rights.queries_holders import HOLDERS
from services.intake.rights.views import THINGS
from services.intake.slots import handlers as slots
from services.intake.slots import timer_handlers
from services.intake.slots.handlers import Wish
from shared import clock
from shared.sealing import Blind, Sealed, SealedJSON
from shared.track_link import track_token
from tests.unit.intake.grids.ground import PASSER_BY, cared_for, give_accounts, hazard, visit
from tests.unit.intake.ground import ALLOWANCE, COMMUNITY, DESK, SATURDAY, accepted, do, noise
from tests.unit.intake_pages.browser import PHONE, Browser
from tests.unit.intake_slots.desk import MONDAY_HALF, MONDAY_NINE

OTHER_PHONE = "13905610001"
OTHERS = "隔壁老李的话"
WHY = "本人到窗口要求"


@pytest.fixture(autouse=True)
def saturday():
    with clock.set_for_tests(SATURDAY) as stopped:
        yield stopped


@pytest.fixture
def held(runtime):
    """Something of two people in every package; the numbers of the first, by kind."""
    give_accounts(runtime)
    do(runtime, timer_handlers.lay_out_for, COMMUNITY)
    numbers = of_one(runtime, "王建国", PHONE, "我家门口", MONDAY_NINE)
    of_one(runtime, "李大勇", OTHER_PHONE, OTHERS, MONDAY_HALF)
    return numbers


def of_one(runtime, name, phone, words, slot):
    case = accepted(runtime, noise(applicant_name=name, phone=phone, description=words)).number
    booked = do(runtime, slots.book, Wish(slot, name, phone, item=ALLOWANCE))
    person = cared_for(runtime, name=name, phone=phone, address=words)
    seen = do(runtime, make_report, visit(care=person.number)).report
    snapshot = hazard(
        kind="snapshot", actor=PASSER_BY, category="facade", grid="", words=words, phone=phone
    )
    report = do(runtime, make_report, snapshot).report
    heard = do(runtime, ledger.record, Heard(DESK, COMMUNITY, words, name=name, phone=phone)).demand
    talk = Draft("加装电梯", "space", OTHERS, ("community", "residents"), case)
    matter = do(runtime, deliberation.raise_matter, DESK, talk)
    outside(runtime, case, phone)
    do(runtime, handlers.resolve_case, case, DESK, "已劝导")
    archive.end_day(runtime, COMMUNITY, DESK)
    return {
        "case": case,
        "booking": booked.number,
        "ticket": f"A{phone[-3:]}",
        "care": person.number,
        "visit": seen.number,
        "report": report.number,
        "demand": heard.number,
        "matter": matter.number,
        "open311": case,
        "hotline": f"12345-{phone[-4:]}",
        "dossier": case,
    }


def outside(runtime, case, phone):
    """What came with the case from outside, and its ticket."""

    def write(tx):
        given = {"lat": "33.97", "device_id": f"phone of {phone}"}
        tx.insert(
            models.open311.requests, case_number=case, service_code="noise", at=tx.now, given=given
        )
        tx.insert(
            models.hotline.orders,
            number=f"12345-{phone[-4:]}",
            version=1,
            case_number=case,
            community=COMMUNITY,
            received_at=tx.now,
            deadline=None,
            return_requested=False,
            secret=False,
            import_id="",
            taken_at=tx.now,
            answered=0,
            answered_at=None,
            settled=False,
        )
        ticket = {"id": phone, "number": f"A{phone[-3:]}", "case_number": case}
        tx.insert(
            models.slot_list.tickets,
            **ticket,
            version=1,
            state="done",
            slot_id="s",
            community=COMMUNITY,
            kind="general",
            rank=1,
            taken_at=tx.now,
            called_at=None,
            calls=0,
            window=0,
            called_by="",
            ended_at=None,
        )

    runtime.database.run(write)


def copy_of(browser, number, form="json"):
    here = f"/desk/people/of/{number}"
    answer = browser.send(here, f"{here}/export", why_export=WHY, form=form)
    assert answer.status_code == 200, answer.text
    return answer


def kinds(items):
    return {one["what"]: one.get("number") or one["case_number"] for one in items}


def test_a_copy_holds_what_every_package_holds(desk, held):
    items = json.loads(copy_of(desk, held["case"]).data)["items"]
    assert kinds(items) == held
    assert {*THINGS, "case"} == set(held)
    by_kind = {one["what"]: one for one in items}
    assert all(one["at"].startswith("2026-11-2") for kind, one in by_kind.items() if kind in THINGS)
    assert by_kind["booking"]["community"] == by_kind["case"]["community"]
    assert by_kind["booking"]["starts_at"].startswith("2026-11-23T09:00")
    assert (by_kind["care"]["address"], by_kind["report"]["description"]) == ("我家门口",) * 2
    assert by_kind["demand"]["description"] == "我家门口"
    assert by_kind["visit"]["checked"] == ["见到了，一切都好"]
    assert "worker" not in by_kind["report"]
    assert by_kind["open311"]["given"]["device_id"] == f"phone of {PHONE}"


def test_and_nothing_of_anybody_else(desk, held):
    """PIPL 45: also not what the neighbours said about a matter that came of theirs."""
    for form in ("json", "html"):
        text = copy_of(desk, held["case"], form).text
        assert [said for said in ("李大勇", OTHER_PHONE, OTHERS) if said in text] == []


def test_the_paper_says_it_in_words(desk, held):
    words = re.sub(r"<[^>]+>", "", copy_of(desk, held["case"], "html").text)
    for said in (*THINGS.values(), held["booking"], held["care"], "独居", "11月23日"):
        assert said in words, said
    assert not re.search(r"\d{4}-\d\d-\d\dT", words)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_lists_it_and_nothing_of_it(desk, held, lang):
    page = desk.page(f"/desk/people/of/{held['case']}", lang).text
    for number in held.values():
        assert number in page
    for said in (PHONE, "我家门口", "王建国"):
        assert said not in page


def test_who_brought_no_case_is_found_as_well(desk, runtime):
    """By the telephone of a booking: their copy holds it."""
    do(runtime, timer_handlers.lay_out_for, COMMUNITY)
    number = do(runtime, slots.book, Wish(MONDAY_NINE, "王建国", PHONE, item=ALLOWANCE)).number
    assert desk.send("/desk/people", q=PHONE).location == f"/desk/people/of/{number}"
    assert number in desk.page(f"/desk/people/of/{number}").text
    assert kinds(json.loads(copy_of(desk, number).data)["items"]) == {"booking": number}


def test_another_community_is_given_nothing_of_it(elsewhere, held):
    assert elsewhere.send("/desk/people", q=PHONE).status_code == 422
    for kind in ("booking", "care", "report", "demand"):
        assert elsewhere.page(f"/desk/people/of/{held[kind]}").status_code == 404


def test_the_resident_is_given_what_came_with_their_matter(app, runtime, held):
    link = f"/track/{track_token(held['case'], runtime.settings.secret_key)}/mine"
    anyone = Browser(app, runtime)
    assert f"12345-{PHONE[-4:]}" in anyone.page(link).text
    answer = anyone.send(link, f"{link}/export", phone=PHONE, form="json")
    given = kinds(json.loads(answer.data)["items"])
    assert given == {
        kind: held[kind] for kind in ("case", "ticket", "matter", "open311", "hotline", "dossier")
    }


def test_the_desk_leads_from_a_case_to_what_came_with_it(desk, held):
    shown = desk.page(f"/desk/{held['case']}").text
    assert f'<a href="/desk/deliberation/{held["matter"]}"' in shown
    assert f'12345 工单 <span class="number">{held["hotline"]}</span>' in shown
    assert held["ticket"] in shown
    assert held["care"] not in shown, "of the person, not of the case"


NOT_FOUND = {
    "drafts.content": "an officer's own form, unfinished: deleted when it is sent or a day old",
    "form_references.fields": "what one page hands to the next: deleted after twelve hours",
    "grid_notices.addressee": "who has to put something right: mostly firms, found by no number",
    "hotline_rows.given": "a row of an import until it is worked off: minutes later it is a case",
}
"""Sealed words that may name somebody where no index finds them -> why no copy holds them."""


def test_every_table_with_an_index_of_telephones_is_looked_through():
    """A new one has to say what it holds: a line in queries_holders.HOLDERS."""
    looked_through = {table.name for tables in HOLDERS.values() for table in tables}
    looked_through |= {table.name for table in OWN_TABLES}
    knows = {
        table.name
        for table in models.metadata.sorted_tables
        if any(_of_a_telephone(column) for column in table.columns)
    }
    assert {"bookings", "grid_reports", "grid_care", "demands", "dossiers"} <= knows
    assert knows - looked_through == set()


def test_what_no_index_finds_is_known_and_not_given():
    """They are sealed, and nothing of them can be looked for: none has a blind index."""
    for name in NOT_FOUND:
        table, column = name.split(".")
        columns = models.metadata.tables[table].columns
        assert isinstance(columns[column].type, Sealed | SealedJSON)
        assert not any(isinstance(one.type, Blind) for one in columns)


def _of_a_telephone(column: sa.Column[object]) -> bool:
    return column.name.endswith("phone_index")
