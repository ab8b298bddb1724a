"""The chain by itself: whatever is done to it is found at the first place, and named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.audit import chain
from shared.audit.chain import (
    BEYOND,
    CHANGED,
    CUT,
    EMPTY,
    FORGED,
    MISSING,
    PREVIOUS,
    START,
    UNREADABLE,
    Act,
    Damage,
    Head,
    check,
    digest,
    link,
)

AT = datetime(2026, 11, 22, 3, 4, 5, 678901, tzinfo=UTC)
ACTS = [
    Act(
        AT + timedelta(seconds=n),
        f"u{n}",
        "desk",
        "10.0.0.1",
        "case.read",
        f"XS-{n}",
        "来电",
        {"n": n},
    )
    for n in range(1, 10)
]


@pytest.fixture
def entries():
    return link(ACTS, EMPTY)


@pytest.fixture
def head(entries):
    return Head(entries[-1].seq, entries[-1].hash)


def test_sm3_is_the_standards(entries) -> None:
    assert chain.sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_the_canonical_form_is_fixed(entries) -> None:
    # Whoever verifies an export elsewhere builds on this: it must never change.
    assert chain.canonical(1, ACTS[0], START).decode() == (
        '{"action":"case.read","address":"10.0.0.1","at":"2026-11-22T03:04:06.678901+00:00",'
        f'"detail":{{"n":1}},"previous":"{START}","reason":"来电","role":"desk","seq":1,'
        '"subject":"XS-1","username":"u1"}'
    )


def test_a_whole_chain_is_whole(entries, head) -> None:
    told = []
    assert check(entries, head, seen=told.append) is None
    assert told == entries
    assert check([], EMPTY) is None
    assert check(entries[4:], head, after=Head(4, entries[3].hash)) is None


def test_the_zone_of_a_moment_changes_nothing() -> None:
    east = AT.astimezone(tz=None)
    assert digest(1, replace(ACTS[0], at=east), START) == digest(1, replace(ACTS[0], at=AT), START)


@pytest.mark.parametrize("place", range(9))
@pytest.mark.parametrize(
    "changed",
    [
        {"at": AT + timedelta(microseconds=1)},
        {"username": "v"},
        {"role": "admin"},
        {"address": "10.0.0.2"},
        {"action": "case.list"},
        {"subject": "XS-0"},
        {"reason": "来申"},
        {"detail": {"n": -1}},
        {"detail": None},
    ],
    ids="-".join,
)
def test_a_changed_field_is_found_where_it_is(entries, head, place, changed) -> None:
    entries[place] = replace(entries[place], act=replace(entries[place].act, **changed))
    assert check(entries, head) == Damage(place + 1, CHANGED)


@pytest.mark.parametrize("place", range(8))
def test_a_missing_entry_is_found(entries, head, place) -> None:
    del entries[place]
    assert check(entries, head) == Damage(place + 1, MISSING)


@pytest.mark.parametrize("place", range(8))
def test_an_entry_written_anew_with_its_hash_is_found_at_the_next(entries, head, place) -> None:
    was = entries[place]
    act = replace(was.act, username="somebody else")
    entries[place] = replace(was, act=act, hash=digest(was.seq, act, was.previous))
    assert check(entries, head) == Damage(place + 2, PREVIOUS)


def test_the_last_entry_written_anew_is_found_by_the_head(entries, head) -> None:
    was = entries[-1]
    act = replace(was.act, username="somebody else")
    entries[-1] = replace(was, act=act, hash=digest(was.seq, act, was.previous))
    assert check(entries, head) == Damage(9, CHANGED, "hash")


def test_all_written_anew_from_somewhere_on_is_found_by_the_head(entries, head) -> None:
    acts = [replace(ACTS[4], username="x"), *ACTS[5:]]
    anew = [*entries[:4], *link(acts, Head(4, entries[3].hash))]
    assert check(anew, head) == Damage(9, CHANGED, "hash")
    # … and with a head to fit, by its signature.
    assert check(anew, Head(9, anew[-1].hash), signed=False) == Damage(9, FORGED)


@pytest.mark.parametrize("kept", [0, 1, 8])
def test_a_tail_cut_off_is_found(entries, head, kept) -> None:
    assert check(entries[:kept], head) == Damage(kept + 1, CUT)


def test_an_entry_behind_the_head_is_found(entries) -> None:
    assert check(entries, Head(8, entries[7].hash)) == Damage(9, BEYOND)


def test_a_forged_head_is_found_though_every_link_fits(entries, head) -> None:
    assert check(entries, head, signed=False) == Damage(9, FORGED)


def test_what_cannot_be_opened_is_named(entries, head) -> None:
    entries[2] = replace(entries[2], unreadable="reason")
    found = check(entries, head)
    assert found == Damage(3, UNREADABLE, "reason")
    assert str(found) == "entry 3 (reason): what is sealed in it cannot be opened"


def test_the_first_of_several_is_named(entries, head) -> None:
    entries[6] = replace(entries[6], hash=START)
    del entries[3]
    assert check(entries, head) == Damage(4, MISSING)


def test_a_signature_is_for_one_service_one_number_and_one_hash(entries) -> None:
    key, last = b"k" * 32, entries[-1].hash
    signature = chain.sign(key, "intake", 9, last)
    assert signature == chain.sign(key, "intake", 9, last)
    others = [("routing", 9, last), ("intake", 8, last), ("intake", 9, entries[0].hash)]
    assert signature not in {chain.sign(key, *other) for other in others}
    assert signature != chain.sign(b"l" * 32, "intake", 9, last)
