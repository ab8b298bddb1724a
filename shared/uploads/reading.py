"""Somebody's file is read in a process that may be ended (`worker.py`), never in the service's own.

Readers of images are large C libraries, and small files can be made that take them minutes and
gigabytes. A thread cannot be ended and holds its memory; a process can, and is bounded.
"""

import json
import signal
import sys
from pathlib import Path
from typing import Any

import structlog
from eventlet.green import subprocess

from shared.green import Timeout
from shared.uploads.inspect import Kind
from shared.uploads.refused import Busy, RefusedFile, TooHeavy

log = structlog.get_logger(__name__)

MOST_SECONDS = 10
"""Of a processor. A photo takes one, the heaviest that are let through two or three."""
MOST_MEMORY = 512 * 1024**2
"""Bytes of address space. A photo takes 120 MB, the heaviest that are let through 450."""
LONGEST = 30
"""Seconds by the clock: the machine is busy with other things if the limit above was not met."""
MOST_ANSWERED = 64 * 1024**2
"""Bytes of an answer: a PNG of LONGEST_SIDE pixels square that is nothing but noise has 26 MB."""
_OF_AN_IMAGE = 2
"""Parts: itself and the small one."""
WORKER = Path(__file__).with_name("worker.py")


class Failed(RuntimeError):
    """The worker is broken: no fault of the file."""


class _TooLong(Exception):
    """The worker had not ended in time."""


def read_apart(data: bytes, kind: Kind) -> tuple[bytes, ...]:
    """What is to be kept: of an image two, itself written anew and a small one; of a PDF nothing.

    The greenlet waits, the hub does not. Whatever happens, the process has ended on return.

    Raises:
        RefusedFile: it is not taken.
        TooHeavy: it met the limits of time or memory.
        Busy: it had too little of the machine to be read in time.
        Failed: the worker is broken.

    """
    answer, body = ask(_command(kind), data, kind.media_type)
    return _parts(answer["lengths"], body, kind)


def ask(command: list[str], data: bytes, what: str) -> tuple[dict[str, Any], bytes]:
    """What a worker (`worker_of`) says of these bytes: its line of JSON, and the bytes behind it.

    `what` is the kind of file, for the log.

    Raises:
        RefusedFile, TooHeavy, Busy, Failed: as `read_apart`.

    """
    try:
        code, told = _run(command, data)
    except _TooLong as error:
        log.warning("upload_not_read_in_time", kind=what, size=len(data))
        raise Busy from error
    if code < 0:  # ended by a signal: the kernel's, as it went beyond its limits, or a crash of C
        raise _too_heavy(what, data, signal.Signals(-code).name)
    if code:
        log.error("upload_worker_failed", kind=what, size=len(data), code=code)
        raise Failed(f"a worker ended with {code}: run it by hand on a file of that kind, {what}")
    answer, body = _answered(told)
    if "ended_by" in answer:
        raise _too_heavy(what, data, answer["ended_by"])
    if "refused" in answer:
        raise RefusedFile(*answer["refused"])
    return answer, body


def _too_heavy(what: str, data: bytes, ended_by: str) -> TooHeavy:
    log.warning("upload_too_heavy", kind=what, size=len(data), ended_by=ended_by)
    return TooHeavy()


def _command(kind: Kind) -> list[str]:
    return worker_of(WORKER, kind.media_type)


def worker_of(script: Path, *about: str, seconds: int = MOST_SECONDS) -> list[str]:
    """How a worker is started, isolated: neither environment nor folder says what it imports."""
    return [sys.executable, "-I", "-B", str(script), *about, str(seconds), str(MOST_MEMORY)]


def _run(command: list[str], data: bytes) -> tuple[int, bytes]:
    process = subprocess.Popen(
        command,
        bufsize=-1,  # else one read or write may do a part only
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what it says may hold what is in the file
        env={},
        cwd="/",
        start_new_session=True,
    )
    try:
        with Timeout(LONGEST, _TooLong):
            return _answer(process, data)
    finally:
        _end(process)


def _answer(process: Any, data: bytes) -> tuple[int, bytes]:
    try:
        process.stdin.write(data)
        process.stdin.close()
    except BrokenPipeError:
        log.info("upload_worker_ended_early")  # why, its code tells
    told = process.stdout.read(MOST_ANSWERED)
    process.stdout.close()
    return process.wait(), told


def _end(process: Any) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        try:
            pipe.close()
        except BrokenPipeError:
            log.debug("upload_worker_left_unread")  # closing writes what was left


def _answered(told: bytes) -> tuple[dict[str, Any], bytes]:
    """The answer's line, and the bytes behind it."""
    head, _, body = told.partition(b"\n")
    try:
        return dict(json.loads(head)), body
    except ValueError as error:
        raise Failed(f"{WORKER.name} gave {len(told)} bytes that are no answer") from error


def _parts(lengths: list[int], body: bytes, kind: Kind) -> tuple[bytes, ...]:
    parts, place = list[bytes](), 0
    for length in lengths:
        parts.append(body[place : place + length])
        place += length
    if place != len(body) or len(parts) != (_OF_AN_IMAGE if kind.is_image else 0):
        raise Failed(f"{WORKER.name} gave {len(parts)} parts and {len(body)} of {place} bytes")
    return tuple(parts)
