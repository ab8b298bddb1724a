"""Results go back once for each acknowledgement, and again when they change."""

import io

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from services.intake import facts, handlers
from services.intake.case import APPLY, RESIDENT, SYSTEM, Actor
from services.intake.hotline import store_results, workbook
from services.intake.models import cases, hotline
from services.intake.reason import Invalid, Unknown
from services.intake.ways import handlers as ways_handlers
from shared.clock import now
from shared.contracts import notify
from tests.unit.intake.ground import COMMUNITY, do, event_of
from tests.unit.intake.hotline.sheets import SUPERVISOR, imported, line, officers
from tests.unit.intake.hotline.sheets import workbook as sheet_of

OWNER = Actor(f"u{COMMUNITY}", "周敏", "desk", COMMUNITY)


@pytest.fixture
def orders(runtime):
    """Three orders; the first two have a result."""
    officers(runtime)
    imported(runtime, sheet_of([line("A1"), line("A2"), line("A3")]))
    with runtime.database.read() as connection:
        found = connection.execute(sa.select(hotline.orders)).mappings()
        numbers = {row["number"]: row["case_number"] for row in found}
    for name in ("A1", "A2"):
        do(runtime, handlers.resolve_case, numbers[name], OWNER, "灯已修好，电话13805610000")
    return numbers


def pending(runtime, since="", most=100):
    with runtime.database.read() as connection:
        return store_results.pending(connection, store_results.read_cursor(since), most)


def test_finished_ones_are_offered_page_by_page(runtime, orders):
    first, following = pending(runtime, most=1)
    assert [one.number for one in first] == ["A1"]
    rest, end = pending(runtime, str(following), most=1)
    assert ([one.number for one in rest], end) == (["A2"], None)
    assert "13805610000" not in first[0].result


def test_each_version_is_noted_once(runtime, orders):
    (one, _), _ = pending(runtime)
    assert do(runtime, store_results.acknowledge, [("A1", one.version)]) == {"A1": "acknowledged"}
    assert do(runtime, store_results.acknowledge, [("A1", one.version)]) == {"A1": "repeated"}
    assert [left.number for left in pending(runtime)[0]] == ["A2"]


def test_what_changed_meanwhile_is_offered_again(runtime, orders):
    (one, _), _ = pending(runtime)
    do(runtime, handlers.rate_case, orders["A1"], RESIDENT, "5", "谢谢")
    assert do(runtime, store_results.acknowledge, [("A1", one.version)]) == {"A1": "changed"}
    (rated, _), _ = pending(runtime)
    assert (rated.score, rated.comment) == (5, "谢谢")
    do(runtime, store_results.acknowledge, [("A1", rated.version)])
    do(runtime, handlers.reopen_case, orders["A1"], RESIDENT, "又坏了")
    assert [left.number for left in pending(runtime)[0]] == ["A2"], "it has no result now"
    do(runtime, handlers.resolve_case, orders["A1"], OWNER, "又修好了")
    assert {left.number for left in pending(runtime)[0]} == {"A1", "A2"}


def test_what_changes_no_result_is_no_news(runtime, orders):
    (one, two), _ = pending(runtime)
    assert do(runtime, store_results.acknowledge, [("A1", one.version)]) == {"A1": "acknowledged"}
    for name in ("A1", "A2"):
        do(runtime, handlers.raise_need, orders[name], OWNER, "repair", "修路灯")
    assert [left.number for left in pending(runtime)[0]] == ["A2"]
    assert do(runtime, store_results.acknowledge, [("A2", two.version)]) == {"A2": "acknowledged"}
    assert pending(runtime)[0] == []
    do(runtime, handlers.rate_case, orders["A1"], RESIDENT, "5")
    assert [left.number for left in pending(runtime)[0]] == ["A1"]


def test_what_is_heard_or_filed_afterwards_is_no_news(runtime, orders):
    (one, two), _ = pending(runtime)
    do(runtime, store_results.acknowledge, [("A1", one.version)])
    said = {"case_number": orders["A1"], "channel": "sms", "reason": "空号"}
    do(runtime, facts.message_failed, event_of(notify.failed, 1, now(), **said))
    for name in ("A1", "A2"):
        do(runtime, handlers.close_case, orders[name], OWNER)
    assert [left.number for left in pending(runtime)[0]] == ["A2"]
    assert do(runtime, store_results.acknowledge, [("A2", two.version)]) == {"A2": "acknowledged"}
    assert pending(runtime)[0] == [], "filed, the result says the same"
    do(runtime, handlers.reopen_case, orders["A1"], RESIDENT, "又坏了")
    do(runtime, handlers.withdraw_case, orders["A1"], OWNER, "不用修了")
    assert [left.number for left in pending(runtime)[0]] == ["A1"], "taken back is a result"


def test_an_end_without_a_result_goes_back_with_why_and_by_whom(runtime, orders):
    """Nothing follows on these, so what goes back must say all there is."""
    do(runtime, handlers.withdraw_case, orders["A3"], OWNER, "来电人 13805610000 说已解决")
    do(runtime, handlers.reopen_case, orders["A1"], RESIDENT, "又坏了")
    do(runtime, handlers.withdraw_case, orders["A1"], SYSTEM, "逾期未补正材料，视为撤回申请")
    do(runtime, handlers.reopen_case, orders["A2"], RESIDENT, "又坏了")
    asked = cases.update().where(cases.c.number == orders["A2"]).values(kind=APPLY)
    do(runtime, lambda tx: tx.execute(asked))
    do(runtime, ways_handlers.refuse_case, orders["A2"], OWNER, "不属于社区职责")
    told = {one.number: one for one in pending(runtime)[0]}
    assert told["A3"].result == "来电人 138****0000 说已解决"
    assert told["A1"].result == "逾期未补正材料，视为撤回申请"
    assert told["A2"].result == "不属于社区职责"
    by = {number: one.resolved_by for number, one in told.items()}
    assert by == {"A1": "@system", "A2": "周敏", "A3": "周敏"}


def test_whose_person_was_forgotten_is_told_no_more(runtime, orders):
    gone = cases.update().where(cases.c.number == orders["A1"]).values(erased_at=now())
    do(runtime, lambda tx: tx.execute(gone))
    assert [left.number for left in pending(runtime)[0]] == ["A2"]


def test_what_is_not_finished_cannot_be_noted(runtime, orders):
    found = do(runtime, store_results.acknowledge, [("A3", 1), ("X", 1)])
    assert found == {"A3": "changed", "X": "unknown"}


def test_a_file_is_noted_as_it_was_made(runtime, orders):
    made = do(runtime, store_results.put_together, SUPERVISOR)
    do(runtime, handlers.resolve_case, orders["A3"], OWNER, "修好")
    do(runtime, handlers.rate_case, orders["A2"], RESIDENT, "5")
    assert do(runtime, store_results.acknowledge_return, made) == 1
    assert do(runtime, store_results.acknowledge_return, made) == 0
    assert {left.number for left in pending(runtime)[0]} == {"A2", "A3"}


def test_no_file_is_made_of_nothing(runtime):
    assert do(runtime, store_results.put_together, SUPERVISOR) is None
    with pytest.raises(Unknown):
        do(runtime, store_results.acknowledge_return, "0" * 32)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "2026-11-21~A1",
        "2026-11-21T09:00:00+08:00",
        "0001-01-01T00:00:00+14:00~A1",
        "9999-12-31T23:59:59-12:00~A1",
    ],
)
def test_a_cursor_that_is_none_says_what_to_do(text):
    with pytest.raises(Invalid):
        store_results.read_cursor(text)


def test_cells_are_texts_and_never_formulas():
    data = workbook.xlsx("表", ["甲", "乙"], [["=1+1", "13805610000"], ["灯\x01坏", None]])
    sheet = load_workbook(io.BytesIO(data)).active
    told = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert told == [["甲", "乙"], ["=1+1", "13805610000"], ["灯坏", None]]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    assert workbook.comma_separated(["甲"], [["=1+1"]]).decode("utf-8-sig") == "甲\r\n'=1+1\r\n"
