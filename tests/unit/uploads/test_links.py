"""Links are for one file and one person, and end."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import clock
from shared.uploads.links import FOR_STAFF, Ended, NotALink, file_behind, link_to

SECRET = "a secret of the tests, long enough"
AT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch):
    def set_clock(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_clock(AT)
    return set_clock


def test_it_opens_its_file_until_it_ends(at):
    link = link_to("f1", "staff:desk", SECRET)
    at(AT + FOR_STAFF)
    assert file_behind(link, "staff:desk", SECRET, FOR_STAFF) == "f1"
    at(AT + FOR_STAFF + timedelta(seconds=1))
    with pytest.raises(Ended):
        file_behind(link, "staff:desk", SECRET, FOR_STAFF)


def test_nobody_else_opens_it(at):
    link = link_to("f1", "staff:desk", SECRET)
    for who in ("staff:other", "resident:XS-1", ""):
        with pytest.raises(NotALink):
            file_behind(link, who, SECRET, FOR_STAFF)


def test_no_changed_character_goes_unnoticed(at):
    link = link_to("f1", "staff:desk", SECRET)
    # but for the last one, of whose bits two mean nothing
    for place, char in enumerate(link[:-1]):
        forged = link[:place] + ("A" if char != "A" else "B") + link[place + 1 :]
        with pytest.raises(NotALink):
            file_behind(forged, "staff:desk", SECRET, FOR_STAFF)


def test_another_secret_signs_nothing_here(at):
    link = link_to("f1", "staff:desk", SECRET[::-1])
    with pytest.raises(NotALink):
        file_behind(link, "staff:desk", SECRET, FOR_STAFF)
