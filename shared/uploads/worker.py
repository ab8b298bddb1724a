"""The process that reads one uploaded file and ends: `worker.py KIND CPU_SECONDS MEMORY_BYTES`.

The file's bytes come by standard input, the answer goes out by standard output: a line of JSON,
then the bytes it tells the lengths of. It has no environment, opens no file and no connection, and
what goes beyond its limits ends this process and no other. It imports little, so as to start soon.
"""

import contextlib
import json
import resource
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_FILES = 64
_FIRST_TO_GO = "1000"


def main(kind: str, seconds: str, memory: str) -> None:
    """Read, work, answer."""
    bound(int(seconds), int(memory))
    sys.path.insert(0, str(ROOT))  # isolated Python does not look where it was started
    sys.stdout.buffer.write(answer(kind, sys.stdin.buffer.read()))
    sys.stdout.buffer.flush()


def bound(seconds: int, memory: int) -> None:
    """Let this process have no more than that, and leave no core file with somebody's photo."""
    with contextlib.suppress(OSError):  # elsewhere than on Linux there is no such thing
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, "ascii")
    for what, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, _FILES),
    ):
        allowed = resource.getrlimit(what)[1]
        least = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(what, (least, least))


def answer(kind: str, data: bytes) -> bytes:
    """What is to be kept of it, or why it is not taken."""
    from shared.uploads.refused import RefusedFile  # noqa: PLC0415 - found by main's path

    try:
        kept = _kept(kind, data)
    except MemoryError:
        return _line(ended_by="memory")
    except RefusedFile as refused:
        return _line(refused=[refused.reason, refused.remedy, refused.values])
    return _line(lengths=[len(part) for part in kept]) + b"".join(kept)


def _kept(kind: str, data: bytes) -> tuple[bytes, ...]:
    """The image and its preview; nothing of a PDF, which stays as it is."""
    from shared.uploads.inspect import BY_MEDIA_TYPE, PDF  # noqa: PLC0415

    if kind == PDF.media_type:
        from shared.uploads import pdf  # noqa: PLC0415

        pdf.check(data)
        return ()
    from shared.uploads import images  # noqa: PLC0415 - Pillow is slow to import

    photo = images.rewrite(data, BY_MEDIA_TYPE[kind])
    return photo.data, photo.preview


def _line(**told: Any) -> bytes:
    return json.dumps(told).encode() + b"\n"


if __name__ == "__main__":
    main(*sys.argv[1:])
