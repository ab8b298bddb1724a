"""Names, numbers, illnesses and quarrels put into everything, and looked for everywhere else.

The story (tests/support/leak_story.py) runs against the embedded run at DEBUG, where everything is
written that is written at any level; `tests/support/leaks.py` finds people in any writing. Where
somebody may be read is listed here, line by line; whatever else is found fails.
"""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.catalogue import parts_of
from shared.contracts import SERVICES
from shared.db import connect
from tests.support.embedded import Run
from tests.support.leak_chapters import mailed_form
from tests.support.leak_faults import Told, break_things, dead_letters, poison
from tests.support.leak_story import RESIDENT, WHO, Teller, tell
from tests.support.leaks import (
    ALL,
    APPLICANT,
    PHONE,
    WORDS,
    Allowed,
    People,
    files_below,
    leaks,
    told,
)

WHOLE = {
    "case.accepted": "the resident is told: notify has to know whom, and where to reach them",
    "case.transferred": "the work order is made of it",
    "case.need_raised": "the partner who takes it has to find them",
    "case.person_corrected": "every copy has to be put right",
    "appointment.booked": "notify has to know whom to tell, and where to reach them",
    "order.dispatched": "the department has to find them; goes to its own queue",
    "order.person_corrected": "the department was told wrongly; goes to its own queue",
}
"""event -> why it carries the person whole. No other event may."""
EVENT_WORDS = {
    "case.notice_given": "notice.missing",
    "case.moved_to_back_office": "backoffice.note page.backoffice.note",
    "case.resolved": "resolve.result resolve.second completed.result completed.first",
    "case.rated": "rating.comment rate.comment",
    "case.reopened": "reopen.reason track.reopen",
    "case.withdrawn": "page.withdraw",
    "case.materials_received": "notice.missing",
    "need.fulfilled": "fulfil.first page.fulfil",
    "need.confirmed": "page.confirm",
    "order.signed": "signed.note",
    "order.paused": "pause.note",
    "order.resumed": "resume.note",
    "order.on_site_called": "on-site.note",
    "order.assist_added": "assist.note",
    "order.contacted": "contacted.note",
    "order.progressed": "progressed.note page.progressed webhook.note form.note",
    "order.completed": "completed.first completed.result assist.result",
    "order.return_requested": " ".join(
        f"return.{which} return.{which}.ground" for which in ("first", "second", "third", "fourth")
    ),
    "order.return_refused": "refuse-return.note",
    "order.returned": "grant-return.note grant-return.again arbitrate.note",
    "order.extension_requested": "extension.reason",
    "order.extension_refused": "refuse-extension.note",
    "order.pressed": "press.note webhook.press",
    "order.escalated": "press.note webhook.press",
    "order.sent_back": "send-back.reason",
    "order.reopened": "reopen.reason track.reopen rating.comment send-back.reason",
    "reply.rejected": "reply.malformed reply.rejected",
}
"""event -> the free text it exists to carry, in the writer's own words; at rest it is sealed."""
IN_FILES: tuple[Allowed, ...] = ()
"""Databases, their journals, uploads: nobody, nowhere."""
IN_SCOPE = (
    "desk",
    "back_office",
    "grid",
    "department",
    "leader",
    "supervisor",
    "partner",
    "cg",
    "zj",
)
"""Who works on the matter, each within their scope, and has to read what it is about."""
CONTACT = ("partner.contact",)
TYPED_THERE = ("rating.comment", "track.reopen", "resident.filename")
OWN_PAGE = ("resident ", *(f"look {who} track.matter" for who in (*WHO, "outsider", RESIDENT)))
"""The resident's own page, whoever holds its link: what they wrote, and what they were told."""
IN_ANSWERS = (
    # A reason was given, and is in the audit.
    Allowed("reveal ", (), ALL, "the whole of one thing, for a reason"),
    Allowed("export ", (), ALL, "the copy a resident asked for, for a reason"),
    # The words of a matter, with telephone and identity numbers and the applicant's name masked.
    *(Allowed(f"{who} ", (), WORDS, "works on it") for who in IN_SCOPE),
    *(Allowed(f"look {who} ", (), WORDS, "works on it") for who in IN_SCOPE),
    # The reviewers of a partner who registered: whom they ask, not a resident.
    Allowed("look admin partners-api.list_partners", CONTACT, ALL, "partner.contact"),
    Allowed("look supervisor partners-api.list_partners", CONTACT, ALL, "partner.contact"),
    Allowed("supervisor POST /api/partners/partners ", CONTACT, ALL, "registered it just now"),
    *(Allowed(place, TYPED_THERE, ALL, "their own words") for place in OWN_PAGE),
    *(Allowed(place, (), WORDS, "the result they are told") for place in OWN_PAGE),
)
"""Pages and API answers, by who asked; `look` is everybody opening everything without a reason."""


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> Iterator[Told]:
    run = Run(tmp_path_factory.mktemp("leaks") / "data")
    run.process.env |= {"LOG_LEVEL": "DEBUG", "TMPDIR": str(run.data / "tmp")}
    (run.data / "tmp").mkdir(parents=True)
    try:
        run.process.start()
        people = People()
        teller = Teller(run.baitong, people, (run.data / "secret.key").read_text())
        tell(teller)
        made = Told(run, people, teller)
        mailed_form(teller, connect(f"sqlite:///{run.data / 'routing.sqlite'}", made.keys))
        break_things(made)
        poison(made)
        yield made
    finally:
        run.close()


# ---- Nobody is found ----


def test_the_story_broke_nothing_by_itself(story: Told) -> None:
    assert story.teller.faults == []
    assert len(story.people.by_field) > 60


def test_no_log_line_names_anybody(story: Told) -> None:
    log = story.run.process.log_text()
    assert "request_failed" in log
    assert "message_parked" in log
    found = leaks(story.people, [("log", log.encode())])
    assert not found, told(found)


def test_no_file_names_anybody(story: Told) -> None:
    files = list(files_below(story.run.data))
    assert {"intake.sqlite", "bus.sqlite"} <= {name for name, _ in files}
    assert any(name.startswith("uploads/") for name, _ in files)
    found = leaks(story.people, files, IN_FILES)
    assert not found, told(found)


def test_no_dead_letter_names_anybody_unless_asked_with_a_reason(story: Told) -> None:
    parked = dead_letters(story)
    shown = []
    for service in sorted({where for where, _ in parked}):
        shown.append(story.run.command("dead", "list", service))
        events = [event for where, event in parked if where == service]
        shown.append(story.run.command("dead", "show", service, *events))
    assert [code for code, _ in shown] == [0] * len(shown)
    found = leaks(story.people, [("dead letters", text.encode()) for _, text in shown])
    assert not found, told(found)
    service, event = next(one for one in parked if one[0] == "routing")
    code, whole = story.run.command("dead", "show", service, event, "--reason", "查明原因")
    assert code == 0
    assert leaks(story.people, [("dead letters", whole.encode())])
    code, recorded = story.run.command("audit", "export", service)
    assert (code, "person.revealed" in recorded) == (0, True)


def test_events_carry_people_only_to_those_who_need_them(story: Told) -> None:
    allowed = [Allowed(f"{name} ", (), ALL, why) for name, why in WHOLE.items()]
    for name, fields in EVENT_WORDS.items():
        applicants = tuple(f for f in story.people.by_field if f.endswith(".applicant"))
        words = Allowed(f"{name} ", tuple(fields.split()), ALL, "its own words")
        named = Allowed(f"{name} ", applicants, frozenset({APPLICANT}), "named in these words")
        allowed += [words, named]
    said = list(_said_on_the_bus(story))
    unsaid = {"case.person_corrected", "order.person_corrected"}
    assert {name.split()[0] for name, _ in said} >= {*WHOLE} - unsaid
    found = leaks(story.people, said, allowed)
    assert not found, told(found)


def _said_on_the_bus(story: Told) -> Iterator[tuple[str, bytes]]:
    """Every event that left, by its name."""
    for service in SERVICES:
        outbox = parts_of(service).models.bus.outbox
        engine = connect(f"sqlite:///{story.run.data / f'{service}.sqlite'}", story.keys)
        with engine.connect() as connection:
            for row in connection.execute(sa.select(outbox.c.type, outbox.c.body)):
                name = row.type.removeprefix("cn.baitong.").rsplit(".v", 1)[0]
                number = json.loads(row.body)["data"].get("number", "")
                yield f"{name} {number}", row.body.encode()
        engine.dispose()


def test_no_answer_names_anybody_without_a_reason(story: Told) -> None:
    found = leaks(story.people, story.teller.answers, IN_ANSWERS)
    assert not found, told(found)


# ---- What is planted is found ----


def test_a_column_that_is_not_sealed_is_found(story: Told, tmp_path: Path) -> None:
    whose = story.people.of("case.applicant")
    for name in ("intake.sqlite", "intake.sqlite-wal"):
        shutil.copy(story.run.data / name, tmp_path / name)
    with closing(sqlite3.connect(tmp_path / "intake.sqlite")) as connection:
        connection.execute("UPDATE cases SET resolved_by = ?", (whose[PHONE],))
        connection.commit()
        found = leaks(story.people, files_below(tmp_path), IN_FILES)
    assert {(leak.field, leak.kind) for leak in found} == {("case.applicant", PHONE)}


def test_a_list_that_is_not_masked_is_found(story: Told) -> None:
    whose, teller = story.people.of("case.applicant"), story.teller
    file, order = story.run.data / "routing.sqlite", teller.things["order"]
    before = len(teller.answers)

    def write(title: str) -> str:
        with closing(sqlite3.connect(file, timeout=30)) as connection:
            was = connection.execute("SELECT title FROM orders WHERE number = ?", (order,))
            kept = str(was.fetchone()[0])
            connection.execute("UPDATE orders SET title = ? WHERE number = ?", (title, order))
            connection.commit()
        return kept

    kept = write(whose[APPLICANT])
    try:
        teller.ask("department", "GET", "/api/routing/orders")
    finally:
        write(kept)
    found = leaks(story.people, teller.answers[before:], IN_ANSWERS)
    del teller.answers[before:]
    assert {(leak.field, leak.kind) for leak in found} == {("case.applicant", APPLICANT)}


def test_every_allowance_says_whom_and_why() -> None:
    for rule in (*IN_FILES, *IN_ANSWERS):
        assert rule.place.strip()
        assert rule.why
        assert rule.fields or rule.kinds <= WORDS or rule.place in {"reveal ", "export "}
