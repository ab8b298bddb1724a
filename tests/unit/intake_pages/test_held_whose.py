"""A copy holds what is of this person, all of it, and of nobody beside them (PIPL 15, 28, 45)."""

import json
import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.intake import models
from services.intake.case import Actor
from services.intake.deliberation import handlers as deliberation
from services.intake.deliberation.handlers import Draft
from services.intake.grids.report_new_handlers import make_report
from services.intake.ledger import handlers as ledger
from services.intake.ledger.demand import Heard
from services.intake.ledger.handlers import Wish as CaseWish
from services.intake.ledger.queries_held import demands_of
from services.intake.rights import held, queries, queries_holders
from services.intake.rights.held import Whose
from services.intake.slots import handlers as slots
from services.intake.slots import timer_handlers
from services.intake.slots.handlers import Wish
from shared import clock
from shared.track_link import track_token
from tests.unit.intake.grids.ground import PASSER_BY, cared_for, give_accounts, hazard
from tests.unit.intake.ground import ALLOWANCE, COMMUNITY, DESK, SATURDAY, accepted, do, noise
from tests.unit.intake_pages.browser import PHONE, Browser
from tests.unit.intake_pages.test_held import copy_of, kinds
from tests.unit.intake_slots.desk import MONDAY_HALF, MONDAY_NINE

OWN_ID, PARENT_ID = "11010519491231002X", "110105193912310025"
OTHER_PHONE, NEW_PHONE = "13905610001", "13905610077"
WORDS = "隔壁漏水，跟谁都别说是我讲的"
SUPERVISOR = Actor("supervisor", "区督办", "supervisor")


@pytest.fixture(autouse=True)
def saturday():
    with clock.set_for_tests(SATURDAY) as stopped:
        yield stopped


@pytest.fixture
def ground(runtime):
    """Accounts and slots."""
    give_accounts(runtime)
    do(runtime, timer_handlers.lay_out_for, COMMUNITY)
    return runtime


def heard(runtime, **more: Any):
    return do(runtime, ledger.record, Heard(DESK, COMMUNITY, WORDS, **more)).demand.number


def items_of(browser, number):
    return json.loads(copy_of(browser, number).data)["items"]


def of_wanted(runtime, **wanted: Any):
    with runtime.database.read() as connection:
        return queries.matters(connection, queries.Wanted(**wanted))


def elsewhere(found):
    return {one.kind: one.number for one in found.elsewhere}


# ---- Another's words ----


@pytest.fixture
def of_another(runtime):
    """A case of 孙七 that came of what 李大勇 said, who left no telephone."""
    demand = heard(runtime, name="李大勇")
    wish = CaseWish(kind="complaint", name="孙七", phone=NEW_PHONE, title="楼上漏水")
    _, case = do(runtime, ledger.to_case, demand, DESK, wish)
    return demand, case.number


def test_what_another_said_is_not_in_the_copy_of_whose_case_it_became(desk, of_another):
    demand, case = of_another
    for form in ("json", "html"):
        text = copy_of(desk, case, form).text
        assert "孙七" in text
        assert "李大勇" not in text
        assert demand not in text
        assert not re.search(f"民情台账.*{WORDS}", text)


def test_nor_in_what_the_link_gives(app, runtime, of_another):
    demand, case = of_another
    link = f"/track/{track_token(case, runtime.settings.secret_key)}/mine"
    anyone = Browser(app, runtime)
    assert demand not in anyone.page(link).text
    answer = anyone.send(link, f"{link}/export", phone=NEW_PHONE, form="json")
    assert set(kinds(json.loads(answer.data)["items"])) == {"case"}
    assert "李大勇" not in answer.text


def test_the_desk_still_sees_what_the_case_came_of(desk, of_another):
    demand, case = of_another
    assert f'<a href="/desk/ledger/{demand}"' in desk.page(f"/desk/{case}").text


def test_what_nobody_put_a_name_to_or_their_own_is_theirs(runtime):
    wish = CaseWish(kind="complaint", name="孙七", phone=NEW_PHONE, title="楼上漏水")
    for name in ("", "孙七"):
        demand = heard(runtime, name=name)
        _, case = do(runtime, ledger.to_case, demand, DESK, wish)
        assert elsewhere(of_wanted(runtime, number=case.number)) == {"demand": demand}


# ---- The care list ----


@pytest.mark.parametrize(("name", "id_no"), [("王奶奶", PARENT_ID), ("王爷爷", "")])
def test_a_childs_copy_holds_nothing_of_the_parent_reached_by_their_telephone(
    desk, ground, name, id_no
):
    case = accepted(ground, noise(applicant_name="王丽", id_no=OWN_ID)).number
    parent = cared_for(ground, name=name, phone=PHONE, id_no=id_no).number
    text = copy_of(desk, case).text
    assert [said for said in (parent, PARENT_ID, name, "供电小区") if said in text] == []


@pytest.mark.parametrize(
    ("case_id", "care_id", "care_name", "given"),
    [
        (OWN_ID, OWN_ID, "王建国（大）", True),
        (OWN_ID, "", "王建国", True),
        ("", OWN_ID, "王建国", True),
        (OWN_ID, PARENT_ID, "王建国", False),
        ("", "", "王奶奶", False),
    ],
)
def test_who_is_on_the_list_is_known_by_id_or_else_by_name(
    ground, case_id, care_id, care_name, given
):
    case = accepted(ground, noise(id_no=case_id)).number
    cared_for(ground, name=care_name, phone=PHONE, id_no=care_id)
    with ground.database.read() as connection:
        found = queries.of_same_person(connection, case, COMMUNITY)
    assert ("care" in elsewhere(found)) is given


def test_a_telephone_of_several_gives_out_nobodys_care(ground):
    for name in ("王丽", "王奶奶"):
        accepted(ground, noise(applicant_name=name))
    cared_for(ground, name="王奶奶", phone=PHONE)
    assert elsewhere(of_wanted(ground, phone=PHONE)) == {}


def test_the_officer_sees_whose_it_is_masked(desk, ground):
    slot = Wish(MONDAY_NINE, "王丽", PHONE, item=ALLOWANCE)
    number = do(ground, slots.book, slot).number
    case = accepted(ground).number
    page = desk.page(f"/desk/people/of/{case}").text
    row = re.search(rf"<tr>(?:(?!</tr>).)*{number}.*?</tr>", page, re.DOTALL)
    assert row is not None
    assert "王*" in row.group()
    assert "王丽" not in row.group()


# ---- Finding them ----


def test_who_is_on_the_care_list_without_a_telephone_is_found(desk, ground):
    number = cared_for(ground, phone="", id_no=PARENT_ID).number
    assert desk.send("/desk/people", q=PARENT_ID).location == f"/desk/people/of/{number}"
    assert "赵**" in desk.page(f"/desk/people/of/{number}").text
    assert kinds(items_of(desk, number)) == {"care": number}


def test_and_opened_by_the_lists_number_alone(desk, ground):
    number = cared_for(ground, phone="", id_no="").number
    assert kinds(items_of(desk, number)) == {"care": number}


def test_who_is_only_on_the_care_list_is_found_by_telephone(desk, ground):
    number = cared_for(ground, phone=PHONE).number
    assert desk.send("/desk/people", q=PHONE).location == f"/desk/people/of/{number}"
    assert kinds(items_of(desk, number)) == {"care": number}


# ---- All of it ----


def test_a_copy_by_identity_number_holds_what_stands_with_their_telephones(ground):
    """Of a telephone that others use as well, only what has their name, or none."""
    case = accepted(ground, noise(id_no=OWN_ID)).number
    other = accepted(ground, noise(phone=NEW_PHONE, id_no=OWN_ID)).number
    without_id = accepted(ground, noise(phone=NEW_PHONE)).number
    accepted(ground, noise(applicant_name="王丽", phone=NEW_PHONE))
    own = do(ground, slots.book, Wish(MONDAY_NINE, "王建国", NEW_PHONE, item=ALLOWANCE)).number
    do(ground, slots.book, Wish(MONDAY_HALF, "王丽", PHONE, item=ALLOWANCE))
    snapshot = hazard(kind="snapshot", actor=PASSER_BY, category="facade", grid="", phone=NEW_PHONE)
    report = do(ground, make_report, snapshot).report.number
    found = of_wanted(ground, id_no=OWN_ID)
    assert set(found.numbers) == {case, other, without_id}
    assert elsewhere(found) == {"booking": own, "report": report}


def test_the_link_of_one_matter_gives_no_more_than_came_with_it(ground):
    case = accepted(ground, noise(id_no=OWN_ID)).number
    do(ground, slots.book, Wish(MONDAY_NINE, "王建国", PHONE, item=ALLOWANCE))
    assert elsewhere(of_wanted(ground, number=case)) == {}


def talked_over(runtime, source):
    draft = Draft("加装电梯", "space", "大家的话", ("community", "residents"), source)
    return do(runtime, deliberation.raise_matter, DESK, draft).number


def test_what_was_talked_over_for_their_demand_is_in_their_copy(runtime):
    demand = heard(runtime, name="王建国", phone=PHONE)
    matter = talked_over(runtime, demand)
    assert elsewhere(of_wanted(runtime, phone=PHONE)) == {"demand": demand, "matter": matter}
    assert elsewhere(of_wanted(runtime, number=demand))["matter"] == matter


def test_also_for_a_demand_that_became_their_case(runtime):
    demand = heard(runtime, name="王建国", phone=PHONE)
    matter = talked_over(runtime, demand)
    _, case = do(runtime, ledger.to_case, demand, DESK, CaseWish(title="楼上漏水"))
    assert elsewhere(of_wanted(runtime, number=case.number))["matter"] == matter


def test_the_number_of_anothers_case_is_nobody_elses(runtime):
    """A matter of one's case that ended as another's; a demand that became another's case."""
    own, others = accepted(runtime).number, accepted(runtime, noise(phone=OTHER_PHONE)).number
    matter = talked_over(runtime, own)
    demand = heard(runtime, name="王建国", phone=PHONE)

    def ended(tx):
        matters, demands = models.deliberation.matters, models.ledger.demands
        tx.update(matters.update().where(matters.c.number == matter).values(case_number=others))
        tx.update(demands.update().where(demands.c.number == demand).values(case_number=others))

    runtime.database.run(ended)
    said = {one.kind: one.said for one in of_wanted(runtime, phone=PHONE).elsewhere}
    assert set(said) == {"matter", "demand"}
    assert said["matter"]["source"] == own
    assert others not in json.dumps([dict(one) for one in said.values()])
    given = {one.kind: one.said for one in of_wanted(runtime, phone=OTHER_PHONE).elsewhere}
    assert given["matter"]["case_number"] == others
    assert own not in json.dumps(dict(given["matter"]))


# ---- More than is listed ----


@pytest.fixture
def few(monkeypatch):
    """At most three of a kind."""
    for module in (held, queries_holders, queries):
        monkeypatch.setattr(module, "MOST", 3)


def test_what_is_cut_says_so(desk, runtime, few):
    number = accepted(runtime).number
    for _ in range(3):
        heard(runtime, phone=PHONE)
    assert [one for one in items_of(desk, number) if one["what"] == "cut"] == []
    assert "全部信息" in copy_of(desk, number, "html").text
    heard(runtime, phone=PHONE)
    items = items_of(desk, number)
    assert "没有列全" in items[0]["description"]
    assert len([one for one in items if one["what"] == "demand"]) == 3
    paper = copy_of(desk, number, "html").text
    assert "没有列全" in paper
    assert "全部信息" not in paper
    assert "没有列全" in desk.page(f"/desk/people/of/{number}").text


def test_so_are_cases(runtime, few):
    for _ in range(3):
        accepted(runtime)
    assert not of_wanted(runtime, phone=PHONE).cut
    accepted(runtime)
    found = of_wanted(runtime, phone=PHONE)
    assert (len(found.cases), found.cut) == (3, True)


def test_what_is_anothers_takes_no_place_in_the_copy(runtime, few):
    """An old entry of theirs is there however much a neighbour said since by their telephone."""
    accepted(runtime, noise(id_no=OWN_ID))
    own = heard(runtime, name="王建国", phone=PHONE)
    for _ in range(5):
        heard(runtime, name="王丽", phone=PHONE)
    found = of_wanted(runtime, id_no=OWN_ID)
    assert elsewhere(found) == {"demand": own}
    assert not found.cut


# ---- Found by an index ----


@pytest.mark.parametrize("community", [None, COMMUNITY])
def test_the_ledger_is_not_read_from_end_to_end(runtime, community):
    said = []
    with runtime.database.read() as connection:

        def hear(_connection, _cursor, statement, parameters, *_more: Any):
            said.append((statement, parameters))

        sa.event.listen(connection, "before_cursor_execute", hear)
        whose = Whose(phone=PHONE, number="X", cases=("A", "B"), community=community)
        demands_of(connection, whose)
        ((statement, parameters),) = list(said)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        lines = [row[3] for row in plan]
    assert not [line for line in lines if line.startswith("SCAN")], lines
    assert [line for line in lines if "demands_phone" in line], lines
    assert [line for line in lines if "demands_case" in line], lines
