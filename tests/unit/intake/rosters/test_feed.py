"""Feeds that a phone's calendar accepts and updates (RFC 5545, RFC 7986)."""

from dataclasses import replace
from datetime import timedelta

import icalendar
import pytest

from services.intake.models import accounts
from services.intake.reason import Forbidden, Unknown
from services.intake.rosters import actions, feed_store
from services.intake.rosters.feed import COMMUNITY as EVERYBODY
from services.intake.rosters.feed import OFFICER, Words, calendar_of, etag_of
from services.intake.rosters.store import add_duty
from tests.unit.intake.ground import ELSEWHERE, do
from tests.unit.intake.rosters.test_duty import account, at, duty
from tests.unit.intake.rosters.test_handlers import ANN, BOB, BOSS, STRANGER, sunday

__all__ = ["sunday"]
LONG = "百通岗" * 40
WORDS = Words("值班", lambda one: f"{LONG} {one.seat}岗", lambda _: "用餐\n11:30；,;", "某社区")
SECRET = "a secret of the tests, long enough"


def events(feed: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(feed).walk("VEVENT"))


def test_lines_are_short_and_end_as_they_must():
    """RFC 5545, 3.1: 75 octets at most, CRLF."""
    feed = calendar_of([duty("A", "ann"), duty("B", "bob")], WORDS)
    lines = feed.split(b"\r\n")
    assert lines[-1] == b""
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert all(line.decode() is not None for line in lines)  # no letter is cut in two


def test_what_a_phone_needs_is_there():
    calendar = icalendar.Calendar.from_ical(calendar_of([duty("A", "ann")], WORDS))
    assert calendar["version"] == "2.0"
    assert calendar["refresh-interval"].dt == timedelta(hours=1)
    assert calendar["refresh-interval"].params["VALUE"] == "DURATION"
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["tzid"] == "Asia/Shanghai"
    (event,) = calendar.walk("VEVENT")
    assert event["dtstart"].dt == at("08:30")
    assert event["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert event["dtend"].dt == at("17:30")
    assert event["dtstamp"].dt == at("08:00")
    assert str(event["summary"]) == f"{LONG} A岗"
    assert str(event["description"]) == "用餐\n11:30；,;"


def test_a_change_keeps_the_uid_and_raises_the_sequence():
    before = duty("A", "ann")
    after = before.cancelled(at("09:00"))
    (one,), (other,) = events(calendar_of([before], WORDS)), events(calendar_of([after], WORDS))
    assert one["uid"] == other["uid"]
    assert (one["sequence"], other["sequence"]) == (0, 1)
    assert (one["status"], other["status"]) == ("CONFIRMED", "CANCELLED")
    assert other["last-modified"].dt > one["last-modified"].dt
    assert other["dtstamp"].dt == at("09:00")


def test_the_same_duties_are_the_same_bytes_in_any_order():
    duties = [duty("A", "ann"), duty("B", "bob")]
    feed = calendar_of(duties, WORDS)
    assert feed == calendar_of(duties[::-1], WORDS)
    assert etag_of(feed) != etag_of(calendar_of(duties[:1], WORDS))
    assert len({event["uid"] for event in events(feed)}) == 2


def test_a_link_shows_its_own_until_it_is_revoked(runtime, sunday):
    for one in (duty("A", "ann"), duty("B", "bob"), duty("B", "ann", state="cancelled", id="old")):
        do(runtime, add_duty, one)
    link = do(runtime, feed_store.make_link, ANN, OFFICER, "zh")
    token = feed_store.token_of(link, SECRET)
    with runtime.database.read() as connection:
        assert feed_store.link_of_token(connection, token, SECRET) == link
        assert feed_store.link_of_token(connection, token, "another secret") is None
        assert feed_store.link_of_token(connection, "x" + token[1:], SECRET) is None
        found = feed_store.duties_for(connection, link, at("10:00"))
        assert {(one.username, one.state) for one in found} == {
            ("ann", "planned"),
            ("ann", "cancelled"),
        }
        everybody = replace(link, of=EVERYBODY)
        assert len(feed_store.duties_for(connection, everybody, at("10:00"))) == 3
    with pytest.raises(Forbidden):
        do(runtime, feed_store.revoke_link, link.id, BOB)
    with pytest.raises(Unknown):
        do(runtime, feed_store.revoke_link, link.id, STRANGER, manages=True)
    gone = do(runtime, feed_store.revoke_link, link.id, BOSS, manages=True)
    assert gone.revoked_by == BOSS.name
    with runtime.database.read() as connection:
        assert feed_store.links_of(connection, "ann") == []


@pytest.mark.parametrize("changed", [{"active": False}, {"community": ELSEWHERE}])
def test_a_link_ends_with_the_account_and_with_the_move(runtime, sunday, changed):
    do(runtime, account, "ann")
    link = do(runtime, feed_store.make_link, ANN, EVERYBODY, "zh")
    token = feed_store.token_of(link, runtime.settings.secret_key)
    assert actions.feed_of(runtime, token, at("10:00")) == (link, [])
    do(runtime, lambda tx: tx.execute(accounts.update().values(**changed)))
    assert actions.feed_of(runtime, token, at("10:00")) == (link, None)


def test_who_moved_may_still_revoke_their_own_link(runtime, sunday):
    link = do(runtime, feed_store.make_link, ANN, OFFICER, "zh")
    moved = replace(ANN, community=ELSEWHERE)
    assert do(runtime, feed_store.revoke_link, link.id, moved).revoked_at is not None


def test_links_do_not_pile_up(runtime, sunday):
    for _ in range(feed_store.MOST_LINKS + 3):
        do(runtime, feed_store.make_link, ANN, OFFICER, "zh")
        sunday.advance(timedelta(seconds=1))
    with runtime.database.read() as connection:
        assert len(feed_store.links_of(connection, "ann")) == feed_store.MOST_LINKS
