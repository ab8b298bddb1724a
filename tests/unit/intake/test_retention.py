"""How long people's data stays: the pack, the calendar's months, and what the timer does."""

import argparse
import shutil
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from services.intake import handlers, models
from services.intake.case import Actor
from services.intake.rights import actions_retention
from services.intake.rights import handlers as rights_handlers
from services.intake.rights.handlers import Asked
from services.intake.rights.retention import Period, months_after, retention_of
from shared import clock
from shared.district import DISTRICTS, PackError, load
from tests.unit.intake.ground import (
    DESK,
    SATURDAY,
    accepted,
    do,
    names,
    noise,
    published,
    stored,
    xiangshan,
)

A_YEAR = timedelta(days=367)
SUPERVISOR = Actor("supervisor", "区督办", "supervisor", None)


@pytest.fixture(autouse=True)
def saturday():
    with clock.set_for_tests(SATURDAY) as stopped:
        yield stopped


def withdrawn(runtime, kind="question"):
    number = accepted(runtime, noise(kind=kind)).number
    do(runtime, handlers.withdraw_case, number, DESK, "不办了")
    return number


def audited(runtime):
    table = models.audit.entries
    with runtime.database.read() as connection:
        found = sa.select(table).where(table.c.action == "retention.erased")
        return list(connection.execute(found).mappings())


# ---- The pack ----


def test_every_kind_of_the_pack_has_its_period():
    kept = retention_of(xiangshan())
    assert set(kept.cases) == {kind.code for kind in xiangshan().rules.kinds}
    assert kept.answer_workdays == 15


def test_nothing_is_said_to_be_confirmed_that_nobody_confirmed():
    assert not any(period.confirmed for period in retention_of(xiangshan()).periods)


@pytest.mark.parametrize(
    ("was", "becomes", "named"),
    [
        ("kind: praise", "kind: prase", "cases"),
        ("kind: praise", "kind: help", "kind"),
        ("months: 120", "months: 0", "months"),
        ("archive: true\n", "archive: perhaps\n", "archive"),
    ],
)
def test_a_mistake_in_the_pack_is_named(tmp_path, was, becomes, named):
    shutil.copytree(DISTRICTS / "xiangshan", tmp_path / "xiangshan")
    path = tmp_path / "xiangshan" / "retention.yml"
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(PackError, match=named):
        retention_of(load("xiangshan", tmp_path))


# ---- Months ----


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 11, 21), 12, date(2027, 11, 21)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 1), -1, date(2025, 12, 1)),
    ],
)
def test_months_are_the_calendars(day, months, then):
    assert months_after(day, months) == then


@pytest.mark.parametrize("months", [1, 2, 6, 12, 25])
def test_nothing_is_due_before_its_period_is_over(months):
    period = Period("question", months, archive=False, source=("local",), confirmed=False)
    for day in range(800):
        ended = datetime(2026, 1, 1, 4, tzinfo=UTC) + timedelta(days=day)
        over = period.ends(ended)
        assert ended >= period.cutoff(over)
        assert ended < period.cutoff(over + timedelta(days=4))


# ---- The timer ----


def test_what_is_due_goes_and_is_recorded_as_nobodys_act(runtime, saturday):
    number = withdrawn(runtime)
    assert actions_retention.run(runtime) == 0
    saturday.advance(A_YEAR)
    assert actions_retention.run(runtime) == 1
    assert stored(runtime, number).applicant.name == ""
    (entry,) = audited(runtime)
    assert (entry["subject"], entry["role"], entry["username"]) == (number, "system", "")
    assert names(published(runtime))[-1] == "case.person_erased"
    assert actions_retention.run(runtime) == 0


def test_each_kind_has_its_own_time(runtime, saturday):
    question, complaint = withdrawn(runtime), withdrawn(runtime, "complaint")
    saturday.advance(A_YEAR)
    actions_retention.run(runtime)
    assert stored(runtime, question).erased_at is not None
    assert stored(runtime, complaint).erased_at is None
    saturday.advance(2 * A_YEAR)
    actions_retention.run(runtime)
    assert stored(runtime, complaint).erased_at is not None


def test_an_open_or_reopened_case_is_never_due(runtime, saturday):
    opened, again = accepted(runtime).number, accepted(runtime, noise(kind="question")).number
    do(runtime, handlers.resolve_case, again, DESK, "好了")
    do(runtime, handlers.close_case, again, DESK)
    do(runtime, handlers.reopen_case, again, DESK, "又坏了")
    saturday.advance(20 * A_YEAR)
    assert actions_retention.run(runtime) == 0
    assert stored(runtime, opened).applicant.name
    assert stored(runtime, again).applicant.name


def test_refusals_and_answered_requests_have_theirs(runtime, saturday):
    asked = noise(title="开无犯罪记录证明", kind="application")
    refusal = do(runtime, handlers.accept_case, asked).refusal
    number = withdrawn(runtime, "complaint")
    one = do(runtime, rights_handlers.take_request, Asked("export", number), DESK)
    still = do(runtime, rights_handlers.take_request, Asked("correct", number), DESK)
    do(runtime, rights_handlers.refuse_request, one.number, DESK, "不是本人")
    saturday.advance(2 * A_YEAR)
    assert actions_retention.run(runtime) == 1
    assert [entry["subject"] for entry in audited(runtime)] == [refusal.number]
    saturday.advance(A_YEAR)
    actions_retention.run(runtime)
    with runtime.database.read() as connection:
        left = connection.execute(sa.select(models.person_requests.c.number)).scalars().all()
    assert left == [still.number]


def test_the_dry_run_changes_nothing(runtime, saturday):
    number = withdrawn(runtime)
    saturday.advance(A_YEAR)
    found = {one.period.kind: one for one in actions_retention.what_is_due(runtime)}
    assert (found["question"].kept, found["question"].due) == (1, 1)
    assert found["question"].oldest == SATURDAY
    assert (found["complaint"].kept, found["complaint"].due) == (0, 0)
    assert stored(runtime, number).applicant.name


def test_many_go_a_few_at_a_time(runtime, saturday):
    numbers = [withdrawn(runtime) for _ in range(45)]
    saturday.advance(A_YEAR)
    sizes = []
    run = runtime.database.run

    def counted(work):
        done = run(work)
        sizes.append(done)
        return done

    runtime.database.run = counted
    assert actions_retention.run(runtime) == 45
    assert sizes == [actions_retention.BATCH, actions_retention.BATCH, 5]
    del runtime.database.run
    assert all(stored(runtime, number).erased_at for number in numbers)
    assert sorted(entry["subject"] for entry in audited(runtime)) == sorted(numbers)


def test_a_round_has_an_end(runtime, saturday):
    for _ in range(3):
        withdrawn(runtime)
    saturday.advance(A_YEAR)
    assert actions_retention.run(runtime, most=2) == 2
    assert actions_retention.run(runtime, most=2) == 1


def test_a_batch_that_fails_leaves_no_case_half_erased(runtime, saturday, monkeypatch):
    number = withdrawn(runtime)
    saturday.advance(A_YEAR)

    def power_cut(*_: object) -> None:
        raise OSError("no power")

    with monkeypatch.context() as broken:
        broken.setattr("services.intake.rights.store.forget_keys", power_cut)
        with pytest.raises(OSError, match="no power"):
            actions_retention.run(runtime)
    assert stored(runtime, number).applicant.name
    assert audited(runtime) == []
    assert actions_retention.run(runtime) == 1


def test_the_command_says_what_would_go_and_then_does_it(runtime, saturday, capsys):
    parser = argparse.ArgumentParser()
    actions_retention.add_commands(parser.add_subparsers(), partial(_always, runtime))
    number = withdrawn(runtime)
    saturday.advance(A_YEAR)
    dry = parser.parse_args(["retention", "--dry-run"])
    assert dry.run(dry) == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert stored(runtime, number).applicant.name
    wet = parser.parse_args(["retention"])
    assert wet.run(wet) == 0
    assert "1 erased" in capsys.readouterr().out
    assert stored(runtime, number).applicant.name == ""


def _always(runtime, _service):
    return runtime
