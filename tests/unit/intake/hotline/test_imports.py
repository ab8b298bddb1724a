"""Imports: every good row once, every bad one named, whatever happens in between."""

from datetime import timedelta
from typing import Any

import eventlet
import pytest
import sqlalchemy as sa

from services.intake import handlers, models, queries
from services.intake.case import Actor, Applicant
from services.intake.hotline import handlers as hotline_handlers
from services.intake.hotline import import_timers, store
from services.intake.models import cases, hotline
from services.intake.rights import handlers as rights_handlers
from services.intake.words import sentence
from shared import clock
from tests.unit.intake.ground import COMMUNITY, SATURDAY, do, stored
from tests.unit.intake.hotline.sheets import (
    HEADINGS,
    SUPERVISOR,
    imported,
    line,
    officers,
    read,
    workbook,
)

CLERK = Actor(f"u{COMMUNITY}", "周敏", "desk", COMMUNITY)


@pytest.fixture
def desk(runtime):
    officers(runtime)
    return runtime


def seen(runtime, import_id):
    with runtime.database.read() as connection:
        found = store.get_import(connection, import_id)
        return found, store.bad_rows(connection, import_id, 0, 100)


def count(runtime, table):
    with runtime.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_good_rows_go_in_and_bad_ones_are_named(desk):
    rows = [line("A1"), line("A2", 联系电话="1"), line("A3", 所属社区="外地"), line("A4")]
    found, bad = seen(desk, imported(desk, workbook(rows)))
    assert (found.state, found.accepted, found.bad, found.done) == ("done", 2, 2, 4)
    assert [(one.row, one.number, one.reasons[0].field) for one in bad] == [
        (3, "A2", "phone"),
        (4, "A3", "community"),
    ]
    assert count(desk, cases) == 2


def test_an_order_becomes_a_case_of_the_officer_who_answers(desk):
    imported(desk, workbook([line("A1")]))
    with desk.database.read() as connection:
        case = connection.execute(sa.select(cases)).mappings().one()
        order = connection.execute(sa.select(hotline.orders)).mappings().one()
    assert (case["channel"], case["owner_username"]) == ("hotline", f"u{COMMUNITY}")
    assert (case["applicant_name"], case["kind"]) == ("王建国", "complaint")
    assert order["case_number"] == case["number"]


def test_the_same_number_is_one_case_whatever_changed_in_it(desk):
    first = workbook([line("A1"), line("A1", 诉求内容="又打了一次")])
    found, _ = seen(desk, imported(desk, first))
    assert (found.accepted, found.known) == (1, 1)
    again, _ = seen(desk, imported(desk, workbook([line("A1", 联系电话="不对")])))
    assert (again.accepted, again.known, again.bad) == (0, 1, 0)
    assert count(desk, cases) == 1


def told(runtime, number):
    with runtime.database.read() as connection:
        lines = queries.timeline(connection, number)
    return [sentence(one, "zh") for one in lines if one.action == "hotline.more"]


def again(runtime, **changes: Any):
    imported(runtime, workbook([line("A1", **changes)], [*HEADINGS, *changes]))


@pytest.fixture
def taken(desk):
    """The number of the case of an order."""
    imported(desk, workbook([line("A1")]))
    with desk.database.read() as connection:
        return connection.execute(sa.select(cases.c.number)).scalar_one()


def test_what_a_known_order_says_otherwise_is_told_to_its_case_once(desk, taken):
    before = stored(desk, taken)
    again(desk)
    assert stored(desk, taken) == before, "the same again"
    for _ in range(2):
        again(desk, 诉求内容="又坏了一盏，请打 13805610001", 办理时限="2026-11-30 18:00")
    after = stored(desk, taken)
    assert (after.version, after.due_at) == (before.version + 1, before.due_at)
    (line,) = told(desk, taken)
    assert "变了的有：诉求内容、12345 要求的办结时间：" in line
    assert line.endswith("又坏了一盏，请打 13805610001；2026-11-30 18:00")
    again(desk, 诉求内容="又坏了一盏，请打 13805610001", 是否保密="是")
    assert told(desk, taken)[1].endswith("保密要求：来电人要求保密，请勿向被反映人透露")
    assert count(desk, cases) == 1


def test_what_cannot_be_read_in_a_known_order_changes_nothing(desk, taken):
    again(desk, 联系电话="不对", 办理时限="明天吧")
    assert told(desk, taken) == []


def test_a_telephone_the_officer_corrected_is_no_change_of_the_orders(desk, taken):
    right = Applicant("王建国", "13805619999", "")
    do(desk, rights_handlers.correct_person, [taken], CLERK, right, "写错了")
    again(desk)
    assert told(desk, taken) == []


def test_a_corrected_name_hides_no_new_telephone(desk, taken):
    right = Applicant("王建军", "", "")
    do(desk, rights_handlers.correct_person, [taken], CLERK, right, "写错了")
    again(desk, 联系电话="13805617777")
    (line,) = told(desk, taken)
    assert line.endswith("联系电话：13805617777")


def test_a_line_that_does_not_say_what_was_corrected_counts_as_the_telephone(desk, taken):
    right = Applicant("王建军", "", "")
    do(desk, rights_handlers.correct_person, [taken], CLERK, right, "写错了")
    corrected = models.history.c.action == "person.corrected"
    plain = models.history.update().where(corrected).values(data={})
    do(desk, lambda tx: tx.execute(plain))
    again(desk, 联系电话="13805617777")
    assert told(desk, taken) == []


def test_what_it_says_is_compared_with_what_it_said_last(desk, taken):
    for place in ("北楼", "北楼", "南楼", "北楼", "北楼"):
        again(desk, 地址=place)
    assert [line.rpartition("：")[2] for line in told(desk, taken)] == ["北楼", "南楼", "北楼"]
    again(desk, 诉求内容="楼道灯坏了；请快修", 地址="北楼")
    again(desk, 地址="北楼")
    lines = told(desk, taken)[3:]
    assert [line.rpartition("：")[2] for line in lines] == ["楼道灯坏了；请快修", "楼道灯不亮"]


def test_a_line_of_before_says_what_was_said_last_as_well(desk, taken):
    again(desk, 诉求内容="坏了；请快修", 地址="北楼")
    line = models.history.c.action == "hotline.more"
    with desk.database.read() as connection:
        said = connection.execute(sa.select(models.history.c.data).where(line)).scalar_one()
    plain = {name: value for name, value in said.items() if name != "now"}
    do(desk, lambda tx: tx.execute(models.history.update().where(line).values(data=plain)))
    again(desk, 诉求内容="坏了；请快修", 地址="北楼")
    assert len(told(desk, taken)) == 1


def test_news_of_an_ended_case_is_to_be_looked_at_and_opens_nothing(desk, taken):
    def remarked(**changes: Any):
        sheet = workbook([line("A1", **changes)], [*HEADINGS, *changes])
        import_id = imported(desk, sheet)
        with desk.database.read() as connection:
            return store.remarked_rows(connection, import_id)

    assert remarked(诉求内容="又打了一次") == [], "somebody has it in hand and reads it"
    do(desk, handlers.withdraw_case, taken, CLERK, "来电人说已自行解决")
    (row,) = remarked(诉求内容="还是没解决")
    assert (row.row, row.number, row.case_number) == (2, "A1", taken)
    assert "请核实是否重办" in row.reasons[0].remedy
    assert stored(desk, taken).state == "withdrawn"
    assert remarked(诉求内容="还是没解决") == [], "the same again"


def test_whoever_was_forgotten_is_not_written_down_anew(desk, taken):
    gone = cases.update().where(cases.c.number == taken).values(erased_at=clock.now())
    do(desk, lambda tx: tx.execute(gone))
    again(desk, 诉求内容="又打了一次")
    assert told(desk, taken) == []


def test_a_community_with_nobody_is_a_bad_row_that_says_whom_to_ask(runtime):
    _, bad = seen(runtime, imported(runtime, workbook([line("A1")])))
    assert bad[0].reasons[0].field == "community"
    assert "系统管理员" in bad[0].reasons[0].remedy
    assert count(runtime, cases) == 0


def test_an_order_for_a_certificate_is_answered_by_a_case(desk):
    imported(desk, workbook([line("A1", 诉求类型="求助", 诉求内容="请开无犯罪记录证明")]))
    assert (count(desk, cases), count(desk, models.refusals)) == (1, 0)


def test_what_rows_said_is_kept_no_longer_than_it_takes(desk):
    import_id = import_timers.begin(
        desk, read(workbook([line("A1"), line("A2", 联系电话="1")])), SUPERVISOR
    )
    kept = sa.select(sa.func.count()).where(hotline.rows.c.given.is_not(None))
    with desk.database.read() as connection:
        assert connection.execute(kept).scalar_one() == 2
    import_timers.go_on(desk)
    with desk.database.read() as connection:
        assert connection.execute(kept).scalar_one() == 0
    assert seen(desk, import_id)[0].done == 2


def test_nothing_personal_stands_in_clear(desk):
    import_timers.begin(desk, read(workbook([line("A1")]), "王建国的工单.xlsx"), SUPERVISOR)
    raw = sa.text("SELECT given, file_name FROM hotline_rows JOIN hotline_imports")
    with desk.database.read() as connection:
        stored = b"".join(b"".join(map(bytes, row)) for row in connection.execute(raw))
    for word in ("王建国", "13805610000", "楼道灯"):
        assert word.encode() not in stored


def test_killed_in_the_middle_another_goes_on_and_nothing_is_there_twice(desk, monkeypatch):
    numbers = [f"A{n}" for n in range(40)]
    rows = [line(number) for number in numbers] + [line("B1", 联系电话="1")]
    import_id = import_timers.begin(desk, read(workbook(rows)), SUPERVISOR)
    taken, real = [], hotline_handlers.take_row

    def until_killed(tx, row_id, numbers, known):
        taken.append(row_id)
        if len(taken) == 15:
            raise eventlet.greenlet.GreenletExit
        return real(tx, row_id, numbers, known)

    with clock.set_for_tests(SATURDAY) as watch:
        monkeypatch.setattr(import_timers, "take_row", until_killed)
        with pytest.raises(eventlet.greenlet.GreenletExit):
            import_timers.go_on(desk)
        done = seen(desk, import_id)[0].done
        assert 14 <= done < 41, "in the middle"
        monkeypatch.setattr(import_timers, "take_row", real)
        monkeypatch.setattr(import_timers, "_ME", "another replica")
        assert import_timers.go_on(desk) == 0, "the lease of who was killed has not ended"
        watch.advance(import_timers.LEASE + timedelta(seconds=1))
        assert import_timers.go_on(desk) >= 1, "what no greenlet of the first had begun"
    found, bad = seen(desk, import_id)
    assert (found.state, found.accepted, found.bad) == ("done", 40, 1)
    assert [one.row for one in bad] == [42]
    assert count(desk, cases) == 40


def test_a_fault_of_ours_in_one_row_does_not_hold_up_the_others(desk, monkeypatch):
    real = handlers.accept_case

    def faulty(tx, asked):
        if "A2" in asked.description:
            raise ZeroDivisionError
        return real(tx, asked)

    monkeypatch.setattr(hotline_handlers.handlers, "accept_case", faulty)
    found, bad = seen(desk, imported(desk, workbook([line("A1"), line("A2"), line("A3")])))
    assert (found.state, found.accepted, found.bad) == ("done", 2, 1)
    assert (bad[0].number, bad[0].reasons[0].text) == ("A2", "系统出错，这一行没有办成")


def test_an_upload_that_was_cut_off_is_forgotten(desk):
    with clock.set_for_tests(SATURDAY) as watch:
        sheet = read(workbook([line("A1")]))
        do(desk, store.add_import, "x" * 32, sheet, SUPERVISOR, import_timers.READING)
        do(desk, store.add_rows, "x" * 32, sheet.rows)
        assert import_timers.go_on(desk) == 0
        assert do(desk, import_timers.give_up_unfinished) == 0
        watch.advance(timedelta(hours=2))
        assert do(desk, import_timers.give_up_unfinished) == 1
    assert (count(desk, hotline.rows), count(desk, hotline.imports)) == (0, 0)
