"""Files are read in a process that may be ended, and no other request waits for it."""

import os
import sys
from pathlib import Path

import eventlet
import eventlet.event
import pytest
from structlog.testing import capture_logs

from shared.uploads import prepare as preparing
from shared.uploads import reading, worker
from shared.uploads.inspect import JPEG, PDF, PNG
from shared.uploads.prepare import MOST_AT_ONCE, Queue, prepare
from shared.uploads.reading import Failed, read_apart
from shared.uploads.refused import Busy, RefusedFile, TooHeavy
from tests.unit.uploads import samples

ALLOWED = (str(reading.MOST_SECONDS), str(reading.MOST_MEMORY))


def instead(monkeypatch, program, *, seconds=5):
    """Start `program` where the worker is started, under its limits."""
    text = (
        f"import sys, os; sys.path.insert(0, {str(worker.ROOT)!r})\n"
        f"from shared.uploads import worker\nworker.bound({seconds}, {reading.MOST_MEMORY})\n"
    )
    command = [sys.executable, "-I", "-c", text + program]
    monkeypatch.setattr(reading, "_command", lambda _kind: command)


def ended():
    """Whether every process that was started has been waited for."""
    try:
        return os.waitpid(-1, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return True


@pytest.mark.parametrize(
    ("make", "kind", "said"),
    [
        (samples.many_names, PDF, "打不开"),
        (lambda: samples.scans(20_000, 7000), JPEG, "太复杂"),
        (samples.wide, PNG, "像素太多"),
    ],
    ids=["names", "scans", "pixels"],
)
def test_what_was_made_to_be_heavy_is_refused(make, kind, said):
    given = make()
    assert len(given) < 2 * 1024**2
    with pytest.raises(RefusedFile, match=said) as refused:
        prepare(given, "")
    assert refused.value.field == "file"
    assert refused.value.remedy
    with pytest.raises(RefusedFile, match=said):  # and by its own rules, not by the limits
        read_apart(given, kind)


def test_the_heaviest_that_is_taken_keeps_the_limits():
    photo = prepare(samples.scans(20, 7000), "a.jpg")
    assert photo.kind is JPEG
    assert photo.preview


def test_an_answer_longer_than_a_pipe_comes_whole():
    noise = samples.Image.effect_noise((1000, 1000), 90).convert("RGB")
    kept = prepare(samples.written(noise, "PNG"), "")
    assert len(kept.data) > 2**20
    with samples.Image.open(samples.io.BytesIO(kept.data)) as image:
        assert image.convert("RGB").tobytes() == noise.tobytes()


def test_the_others_go_on_meanwhile():
    turns = []

    def count():
        while True:
            turns.append(1)
            eventlet.sleep(0)

    counting = eventlet.spawn(count)
    try:
        prepare(samples.photo(), "a.jpg")
        assert len(turns) > 10  # the hub ran while the process was at work
    finally:
        counting.kill()


@pytest.mark.parametrize(
    ("program", "signal"),
    [
        ("while True: pass", "SIGKILL"),
        ("os.abort()", "SIGABRT"),
        ("os.kill(os.getpid(), 11)", "SIGSEGV"),
    ],
    ids=["time", "abort", "crash"],
)
def test_beyond_its_limits_it_is_ended(monkeypatch, program, signal):
    instead(monkeypatch, program, seconds=1)
    with capture_logs() as logs, pytest.raises(TooHeavy, match="太复杂"):
        read_apart(samples.photo(), JPEG)
    (entry,) = [entry for entry in logs if entry["event"] == "upload_too_heavy"]
    assert entry["ended_by"] in {signal, "SIGXCPU" if signal == "SIGKILL" else signal}
    assert set(entry) == {"event", "log_level", "kind", "size", "ended_by"}  # nothing of the file
    assert ended()


def test_more_memory_than_it_may_have_is_a_refusal(monkeypatch):
    monkeypatch.setattr(reading, "MOST_MEMORY", 96 * 1024**2)
    with pytest.raises(TooHeavy):
        read_apart(samples.written(samples.picture(6000, 3900), "PNG"), PNG)


def test_what_it_may_not_do(monkeypatch):
    program = """
import json, resource
from pathlib import Path
def refused(what, *args):
    try:
        what(*args)
    except OSError:
        return True
place = Path("/dev/shm/baitong-test-worker")
found = [
    os.environ.keys() <= {"LC_CTYPE"},
    os.getcwd() == "/",
    resource.getrlimit(resource.RLIMIT_CORE) == (0, 0),
    resource.getrlimit(resource.RLIMIT_NPROC) == (0, 0),
    refused(place.write_text, "a photo"),
]
place.unlink(missing_ok=True)
print(json.dumps({"refused": [str(found), "", {}]}))
"""
    instead(monkeypatch, program)
    with pytest.raises(RefusedFile) as told:
        read_apart(b"", JPEG)
    assert told.value.reason == str([True] * 5)


def test_one_that_gets_nowhere_is_ended(monkeypatch):
    instead(monkeypatch, "import time; time.sleep(3600)")
    monkeypatch.setattr(reading, "LONGEST", 0.2)
    with capture_logs() as logs, pytest.raises(Busy):
        read_apart(bytes(10**6), JPEG)
    assert "upload_not_read_in_time" in [entry["event"] for entry in logs]
    assert ended()


def test_one_whose_request_goes_away_is_ended(monkeypatch):
    instead(monkeypatch, "import time; time.sleep(3600)")
    asking = eventlet.spawn(read_apart, bytes(10**6), JPEG)
    eventlet.sleep(0)
    asking.kill()
    assert ended()


@pytest.mark.parametrize(
    "program",
    [
        "sys.exit(3)",
        "raise KeyError('a secret')",
        "sys.stdin.buffer.read(); print('{\"lengths\": [9]}')",
        "sys.stdin.buffer.read(); print('{\"lengths\": []}')",
        "sys.stdin.buffer.read(); print('hello')",
    ],
)
def test_a_broken_worker_is_no_fault_of_the_file(monkeypatch, program):
    instead(monkeypatch, program)
    with pytest.raises(Failed) as failed:
        read_apart(bytes(10**6), JPEG)
    assert "secret" not in str(failed.value)


def test_more_than_may_wait_are_sent_away():
    queue = Queue(MOST_AT_ONCE, 3)
    leave, came = eventlet.event.Event(), []

    def come(number):
        with queue.turn():
            came.append(number)
            leave.wait()

    inside = [eventlet.spawn(come, number) for number in range(MOST_AT_ONCE + 3)]
    eventlet.sleep(0)
    assert came == list(range(MOST_AT_ONCE))
    with pytest.raises(Busy), queue.turn():
        pass
    leave.send()
    for one in inside:
        one.wait()
    assert sorted(came) == list(range(MOST_AT_ONCE + 3))
    with queue.turn():  # and there is room again
        pass


def test_nobody_waits_for_ever(monkeypatch):
    monkeypatch.setattr(preparing, "LONGEST_WAIT", 0.01)
    queue = Queue(1, 3)
    with queue.turn(), pytest.raises(Busy), queue.turn():
        pass
    with queue.turn():
        pass


def test_the_worker_answers_as_the_rules_do():
    """What runs in the process, in this one."""
    assert b"refused" in worker.answer(JPEG.media_type, samples.photo()[:90])
    assert worker.answer(PDF.media_type, samples.pdf()) == b'{"lengths": []}\n'
    assert Path(reading.WORKER).is_file()
