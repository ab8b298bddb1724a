"""Finished matters become dossiers at the day's end: once, whole, and found when changed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from services.intake import handlers, models
from services.intake.archive import actions, verify
from services.intake.archive.dossier import canonical, found_by, opened
from services.intake.archive.queries_report import Report
from services.intake.archive.queries_search import Wanted, search
from services.intake.archive.queries_today import today_of
from services.intake.archive.store import ToSeal
from services.intake.archive.verify import Damage
from services.intake.case import RESIDENT, Actor
from services.intake.reason import Conflict
from services.intake.rights import actions_retention
from services.intake.rights import handlers as rights_handlers
from shared import clock
from shared.audit.chain import sm3
from tests.unit.intake.ground import (
    COMMUNITY,
    DESK,
    PHONE,
    SATURDAY,
    accepted,
    allowance,
    do,
    noise,
    stored,
    xiangshan,
)

SUPERVISOR = Actor("supervisor", "区督办", "supervisor", None)
tables = models.archive


@pytest.fixture(autouse=True)
def saturday():
    with clock.set_for_tests(SATURDAY) as stopped:
        yield stopped


def resolved(runtime, grade="", **changes: Any):
    number = accepted(runtime, noise(**changes)).number
    do(runtime, handlers.resolve_case, number, DESK, "已劝导，夜间不再营业")
    if grade:
        do(runtime, handlers.rate_case, number, DESK, grade, "谢谢")
    return number


def end(runtime):
    return actions.end_day(runtime, COMMUNITY, DESK)


def document_of(runtime, number):
    with runtime.database.read() as connection:
        asked = sa.select(tables.documents).where(tables.documents.c.number == number)
        row = connection.execute(asked).mappings().one()
    return row, *opened(row["document"])


def found(runtime, **wanted: Any):
    with runtime.database.read() as connection:
        page = search(connection, Wanted(tuple(xiangshan().communities), **wanted))
    return [row["number"] for row in page.rows]


def damages(runtime):
    return [one for one in verify.check(runtime.database) if isinstance(one, Damage)]


def change(runtime, table, number, **values: Any):
    """Past the platform."""
    with runtime.database.engine.begin() as connection:
        connection.execute(table.update().where(table.c.number == number).values(**values))


# ---- N: 本日工作结束后归档 (0-25) ----


def test_what_was_received_today_is_archived_today(runtime):
    """N: the day ends with nothing finished left lying (日终归档)."""
    numbers = {resolved(runtime), resolved(runtime, grade="5")}
    ended = end(runtime)
    assert set(ended.closed) == set(ended.sealed) == numbers
    assert all(stored(runtime, number).archived_at == SATURDAY for number in numbers)
    assert set(found(runtime)) == numbers


def test_a_dossier_holds_everything(runtime):
    number = resolved(runtime, grade="4")
    end(runtime)
    row, document, digest = document_of(runtime, number)
    case = document["case"]
    assert (case["result"], case["rating"]["grade"]) == ("已劝导，夜间不再营业", 4)
    assert case["applicant"] == {"name": "王建国", "phone": PHONE, "id_no": ""}
    actions_told = [line["action"] for line in document["history"]]
    assert actions_told == ["accepted", "resolve", "rate", "close"]
    assert digest == row["hash"] == sm3(canonical(document))


def test_withdrawn_cases_and_refused_certificates_are_archived_too(runtime):
    withdrawn = accepted(runtime).number
    do(runtime, handlers.withdraw_case, withdrawn, DESK, "不办了")
    asked = noise(title="开具无犯罪记录证明", kind="application", description="无犯罪记录证明")
    refusal = do(runtime, handlers.accept_case, asked).refusal.number
    assert set(end(runtime).sealed) == {withdrawn, refusal}
    assert end(runtime).sealed == []


def test_who_is_not_satisfied_is_answered_first(runtime):
    number = resolved(runtime, grade="1")
    ended = end(runtime)
    assert (ended.closed, ended.sealed) == ([], [])
    (kept,) = ended.kept
    assert (kept.number, kept.why.field) == (number, "rating")


def test_what_is_open_stays(runtime):
    accepted(runtime)
    assert end(runtime).sealed == []


def test_other_communities_are_not_touched(runtime):
    other = noise(community="340603009001", actor=Actor("d", "邻居", "desk", "340603009001"))
    number = accepted(runtime, other).number
    elsewhere = Actor("d", "邻居", "desk", "340603009001")
    do(runtime, handlers.withdraw_case, number, elsewhere, "不办了")
    assert end(runtime).sealed == []


# ---- Sealed anew ----


def test_reopened_and_done_again_it_is_sealed_anew(runtime, saturday):
    number = resolved(runtime)
    end(runtime)
    first, _, _ = document_of(runtime, number)
    saturday.advance(timedelta(days=2))
    do(runtime, handlers.reopen_case, number, DESK, "又开始了")
    assert stored(runtime, number).archived_at is None
    do(runtime, handlers.resolve_case, number, DESK, "已立案")
    end(runtime)
    again, document, _ = document_of(runtime, number)
    assert (first["edition"], again["edition"]) == (1, 2)
    assert "reopen" in [line["action"] for line in document["history"]]
    assert found(runtime) == [number]
    assert found(runtime, text="烧烤店") == [number]
    assert found(runtime, first=date(2026, 11, 23)) == [number]
    assert found(runtime, last=date(2026, 11, 22)) == []
    assert damages(runtime) == []


def test_rated_after_it_was_closed_it_is_sealed_anew(runtime, saturday):
    """0-25 closes it the same day, and the resident may still say how it was (好差评)."""
    number = resolved(runtime)
    end(runtime)
    assert (stored(runtime, number).state, document_of(runtime, number)[0]["edition"]) == (
        "closed",
        1,
    )
    saturday.advance(timedelta(days=1))
    do(runtime, handlers.rate_case, number, RESIDENT, "5", "谢谢")
    assert stored(runtime, number).archived_at is None
    end(runtime)
    again, document, _ = document_of(runtime, number)
    assert (again["edition"], document["case"]["rating"]["grade"]) == (2, 5)
    assert damages(runtime) == []


# ---- A changed byte is found ----


@pytest.mark.parametrize(
    ("table", "values", "kind"),
    [
        ("documents", {"hash": "0" * 64}, verify.CHANGED),
        ("documents", {"edition": 2}, verify.OTHER_EDITION),
        ("dossiers", {"title": "别的事"}, verify.MISLED),
        ("dossiers", {"community": "340603009001"}, verify.MISLED),
        ("dossiers", {"day": date(2020, 1, 1)}, verify.MISLED),
    ],
)
def test_what_was_changed_past_the_platform_is_found(runtime, table, values, kind):
    number, other = resolved(runtime), resolved(runtime)
    end(runtime)
    assert damages(runtime) == []
    change(runtime, getattr(tables, table), number, **values)
    (damage,) = damages(runtime)
    assert (damage.number, damage.kind) == (number, kind)
    assert other not in str(damage)


def test_a_document_written_anew_with_its_hash_is_found(runtime):
    """Whoever has the keys, and makes the hash fit, has not the audit's."""
    number = resolved(runtime)
    end(runtime)
    _, document, _ = document_of(runtime, number)
    document["case"]["result"] = "从未受理"
    from services.intake.archive.dossier import sealed  # noqa: PLC0415

    forged = sealed(number, 1, document)
    change(runtime, tables.documents, number, document=forged.packed, hash=forged.hash)
    assert [one.kind for one in damages(runtime)] == [verify.CHANGED]


def test_a_changed_byte_of_the_sealed_document_is_found(runtime):
    number = resolved(runtime)
    end(runtime)
    raw = sa.table("dossier_documents", sa.column("number"), sa.column("document", sa.LargeBinary))
    with runtime.database.engine.begin() as connection:
        kept = bytearray(connection.execute(sa.select(raw.c.document)).scalar_one())
        kept[-20] ^= 1
        connection.execute(raw.update().values(document=bytes(kept)))
    assert [(d.number, d.kind) for d in damages(runtime)] == [(number, verify.UNREADABLE)]


def test_one_that_was_taken_out_is_found(runtime):
    number = resolved(runtime)
    end(runtime)
    with runtime.database.engine.begin() as connection:
        connection.execute(tables.documents.delete())
    assert [(d.number, d.kind) for d in damages(runtime)] == [(number, verify.MISSING)]


# ---- Forgetting (PIPL 47) ----


def test_what_the_law_keeps_stays_in_the_archive(runtime):
    number = resolved(runtime)
    end(runtime)
    with pytest.raises(Conflict):
        do(runtime, rights_handlers.erase_person, [number], SUPERVISOR, "本人要求")
    assert found(runtime, text=PHONE) == [number]


def test_who_may_be_forgotten_is_forgotten_in_the_archive_at_once(runtime):
    number = resolved(runtime, kind="question", title="王建国问低保怎么申请")
    end(runtime)
    do(runtime, rights_handlers.erase_person, [number], SUPERVISOR, "本人要求")
    row, document, _ = document_of(runtime, number)
    told = canonical(document).decode()
    assert row["edition"] == 2
    assert not [said for said in ("王建国", PHONE, "已劝导", "低保") if said in told]
    assert found(runtime, text=PHONE) == found(runtime, text="王建国") == []
    assert found(runtime, text="低保怎么") == []
    assert found(runtime) == [number]
    assert stored(runtime, number).archived_at is not None
    assert damages(runtime) == []


def test_when_its_time_is_over_the_timer_forgets_it_in_the_archive(runtime, saturday):
    number = resolved(runtime, kind="question")
    asked = noise(title="开具无犯罪记录证明", kind="application", description="无犯罪记录证明")
    refusal = do(runtime, handlers.accept_case, asked).refusal.number
    end(runtime)
    saturday.advance(timedelta(days=367 * 2))
    assert actions_retention.run(runtime) == 2
    for one in (number, refusal):
        _, document, _ = document_of(runtime, one)
        assert PHONE not in canonical(document).decode()
        assert found_by(document)["applicant_name"] == ""
    assert found(runtime, text=PHONE) == []
    assert damages(runtime) == []


# ---- The timer ----


def test_the_timer_ends_the_day_once(runtime, saturday):
    saturday.moment = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)  # 17:00
    today = resolved(runtime)
    actions.run(runtime)
    assert found(runtime) == []
    saturday.moment = datetime(2026, 11, 21, 10, 31, tzinfo=UTC)  # 18:31
    assert actions.run(runtime) == 1
    assert actions.run(runtime) == 0
    assert found(runtime) == [today]
    with runtime.database.read() as connection:
        told = connection.execute(sa.select(tables.reports)).mappings().all()
    today_told = [row for row in told if str(row["day"]) == "2026-11-21"]
    assert [(row["community"], row["version"]) for row in today_told] == [(COMMUNITY, 1)]
    assert today_told[0]["said"]["counts"]["done"] == 1


def test_what_was_left_over_night_is_archived_by_the_next_run(runtime, saturday):
    number = resolved(runtime)
    saturday.moment = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    actions.run(runtime)
    assert found(runtime) == [number]


def test_a_community_whose_day_cannot_end_keeps_no_other_from_it(runtime, saturday, monkeypatch):
    number = resolved(runtime)
    saturday.moment = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    first, end_day = "340603001000", actions.end_day

    def broken_at_one(runtime, community, by, until):
        if community == first:
            raise LookupError(community)
        return end_day(runtime, community, by, until)

    monkeypatch.setattr(actions, "end_day", broken_at_one)
    monkeypatch.setattr(actions.store, "untold", lambda *_: [first, COMMUNITY])
    actions.run(runtime)
    assert found(runtime) == [number]


def damage(runtime, number):
    """Past the platform: what somebody wrote is no longer what was sealed."""
    with runtime.database.engine.begin() as connection:
        text = sa.text("UPDATE cases SET description = :bytes WHERE number = :number")
        connection.execute(text, {"bytes": b"changed", "number": number})


def mend(runtime, number):
    change(runtime, models.cases, number, description="楼下太吵")


def test_one_that_cannot_be_sealed_keeps_no_other_from_it(runtime, monkeypatch):
    """N (日终归档): the others are sealed; it stays, is named with why, and is tried again."""
    monkeypatch.setattr(actions, "PORTION", 3)
    numbers = [accepted(runtime).number for _ in range(7)]
    for number in numbers:
        do(runtime, handlers.withdraw_case, number, DESK, "不办了")
    broken = numbers[1]
    damage(runtime, broken)
    with structlog.testing.capture_logs() as logged:
        ended = end(runtime)
    assert sorted(ended.sealed) == sorted(set(numbers) - {broken})
    (named,) = ended.unsealed
    assert (named.number, named.owner, named.why.field) == (broken, "周敏", "dossier")
    assert "cases.description" in str(named.why)
    assert broken in [one.get("number") for one in logged if one["log_level"] == "error"]
    assert [one["number"] for one in ended.report.unsealed] == [broken]
    with runtime.database.read() as connection:
        today = today_of(connection, xiangshan(), COMMUNITY, SATURDAY)
    assert ([one["number"] for one in today.unsealed], today.finished) == ([broken], 1)
    again = end(runtime)
    assert (again.sealed, [one.number for one in again.unsealed]) == ([], [broken])
    mend(runtime, broken)
    assert end(runtime).sealed == [broken]
    with runtime.database.read() as connection:
        assert today_of(connection, xiangshan(), COMMUNITY, SATURDAY).unsealed == []
    assert damages(runtime) == []


def test_nor_the_district_from_ending_its_day(runtime, saturday):
    """The timer: the others are sealed and told; what is broken comes again at its next turn."""
    broken, whole = accepted(runtime).number, accepted(runtime).number
    for number in (broken, whole):
        do(runtime, handlers.withdraw_case, number, DESK, "不办了")
    damage(runtime, broken)
    saturday.moment = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert actions.run(runtime) == 1
    assert found(runtime) == [whole]
    mend(runtime, broken)
    assert actions.run(runtime) == 1
    assert set(found(runtime)) == {broken, whole}


def test_one_that_cannot_be_closed_keeps_no_other_from_it(runtime):
    broken, whole = resolved(runtime), resolved(runtime)
    damage(runtime, broken)
    ended = end(runtime)
    assert ended.closed == ended.sealed == [whole]
    assert [(one.number, one.why.field) for one in ended.kept] == [(broken, "dossier")]
    other = resolved(runtime)
    with runtime.database.read() as connection:
        today = today_of(connection, xiangshan(), COMMUNITY, SATURDAY)
    assert [case.number for case in today.closing] == [other]
    assert [(one.number, one.owner, one.why.field) for one in today.kept] == [
        (broken, "周敏", "dossier")
    ]


def test_many_broken_ones_leave_room_for_what_is_whole(runtime, saturday, monkeypatch):
    """The oldest come first: as many broken as a round seals must not fill every round."""
    numbers = [accepted(runtime).number for _ in range(6)]
    for number in numbers:
        do(runtime, handlers.withdraw_case, number, DESK, "不办了")
    for number in numbers[:4]:
        damage(runtime, number)
    everywhere = ToSeal(clock.now())
    assert sorted(actions.seal_all(runtime, everywhere, "某人", most=2).sealed) == numbers[4:]
    saturday.moment = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    monkeypatch.setattr(actions, "AGAIN", 1)
    actions.run(runtime)
    with structlog.testing.capture_logs() as logged:
        actions.run(runtime)
    tried = [one for one in logged if one["event"] == "archive_dossier_failed"]
    assert len(tried) == 1, "one broken dossier is tried again at a turn, not all of them"


def test_a_report_of_before_has_nobody_unsealed():
    said = Report.of(COMMUNITY, SATURDAY.date(), {"promised_until": None, "owners": [], **EMPTY})
    assert list(said.unsealed) == []


EMPTY = dict.fromkeys(("archived", "open", "late", "notices", "promises"), 0) | {
    "counts": {}, "ways": {}, "kept": [],
}  # fmt: skip


def test_portions_end(runtime, monkeypatch):
    monkeypatch.setattr(actions, "PORTION", 3)
    numbers = [resolved(runtime) for _ in range(7)]
    assert sorted(end(runtime).sealed) == sorted(numbers)


def said_of(runtime, day):
    with runtime.database.read() as connection:
        asked = sa.select(tables.reports.c.version, tables.reports.c.said)
        mine = tables.reports.c.community == COMMUNITY, tables.reports.c.day == day
        return connection.execute(asked.where(*mine)).one()


def test_what_is_done_in_the_evening_is_in_the_report_of_that_day(runtime, saturday):
    """18:30 is no midnight: what comes and is done after the report belongs to its day."""
    resolved(runtime)
    saturday.moment = datetime(2026, 11, 21, 10, 31, tzinfo=UTC)  # 18:31
    actions.run(runtime)
    (version, first), today = said_of(runtime, date(2026, 11, 21)), date(2026, 11, 21)
    assert (version, first["counts"]["done"], first["completed_at"]) == (1, 1, None)
    saturday.advance(timedelta(hours=2))
    resolved(runtime, title="延时服务")
    withdrawn = accepted(runtime).number
    do(runtime, handlers.withdraw_case, withdrawn, DESK, "不办了")
    kept = resolved(runtime, grade="1")
    accepted(runtime)
    actions.run(runtime)
    assert said_of(runtime, today) == (1, first), "told once, until the next day's end"
    saturday.moment = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)
    for _ in range(2):
        actions.run(runtime)
        end(runtime)
    version, whole = said_of(runtime, today)
    counts = {"accepted": 5, "done": 3, "on_spot": 3, "withdrawn": 1, "refused": 0}
    assert (version, whole["counts"], whole["ways"]) == (2, counts, {"on_the_spot": 3})
    assert (first["archived"], whole["archived"]) == (1, 2)
    assert whole["completed_at"] == saturday.moment.isoformat()
    changed = {"counts", "ways", "archived", "completed_at"}
    assert {name for name in whole if whole[name] != first[name]} == changed
    _, after = said_of(runtime, date(2026, 11, 22))
    assert (after["counts"]["done"], after["ways"]) == (0, {}), "each is done on one day only"
    assert [one["number"] for one in after["kept"]] == [kept]


def test_a_report_made_after_its_day_was_over_stays_as_it_was_told(runtime, saturday):
    resolved(runtime)
    saturday.moment = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)  # the night's timer did not run
    actions.run(runtime)
    accepted(runtime)
    told = said_of(runtime, date(2026, 11, 21))
    assert told.said["counts"]["done"] == 1
    end(runtime)
    assert said_of(runtime, date(2026, 11, 21)) == told


def test_the_report_says_what_is_open_and_whose(runtime):
    resolved(runtime)
    accepted(runtime)
    waiting = accepted(runtime, allowance())
    do(runtime, handlers.give_notice, waiting.number, DESK)
    report = end(runtime).report
    assert report.counts == {
        "accepted": 3, "done": 1, "on_spot": 1, "withdrawn": 0, "refused": 0,
    }  # fmt: skip
    assert (report.open, report.notices, report.late, report.archived) == (2, 1, 0, 1)
    assert [(one.name, one.open) for one in report.owners] == [("周敏", 2)]


# ---- Search ----


def test_it_is_found_by_number_name_phone_identity_and_words(runtime):
    number = resolved(runtime, title="楼道灯不亮已经三天", id_no="340603194905120014")
    resolved(runtime, title="小区漏水", applicant_name="李梅", phone="13905610002")
    end(runtime)
    spelled = number.lower().replace("-", " ")
    for text in (number, spelled, "王建国", PHONE, "138 0561 0000", "340603194905120014", "楼道灯"):
        assert found(runtime, text=text) == [number], text
    assert found(runtime, text="灯道楼") == []
    assert found(runtime, text="楼道灯", community="340603009001") == []
    assert found(runtime, text="三天 楼道", community=COMMUNITY) == [number]
    assert found(runtime, community="") == []


def test_pages_go_on_where_the_last_one_ended(runtime):
    numbers = [resolved(runtime) for _ in range(7)]
    end(runtime)
    places = tuple(xiangshan().communities)
    seen, before = [], None
    with runtime.database.read() as connection:
        while True:
            page = search(connection, Wanted(places, COMMUNITY, "烧烤", before=before), 3)
            seen += [row["number"] for row in page.rows]
            if page.more is None:
                break
            before = page.more
    assert sorted(seen) == sorted(numbers)
    assert len(seen) == 7


def test_by_item_and_period(runtime):
    case = accepted(runtime, allowance())
    do(runtime, handlers.withdraw_case, case.number, DESK, "不办了")
    resolved(runtime)
    end(runtime)
    assert found(runtime, item="G-01") == [case.number]
    assert found(runtime, item="G-01", community=COMMUNITY) == [case.number]
    assert found(runtime, first=date(2026, 11, 22)) == []
