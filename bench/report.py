"""The table, and the facts without which it says nothing."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.measure import Result

_HEAD = (
    "load",
    "system",
    "accepted/s",
    "end to end/s",
    "HTTP p50 / p99 ms",
    "end to end p50 / p99 ms",
    "backlog at end (growth/s)",
    "lost",
    "twice",
    "failed",
)
_LIBRARIES = ("nameko", "kombu", "eventlet", "sqlalchemy", "psycopg", "flask", "marshmallow")


def table(results: Sequence[Result]) -> str:
    """Every measurement, a line each, and the ratio of each pair."""
    lines = [_row(_HEAD), _row(["---"] * len(_HEAD))]
    lines += [_row(_cells(result)) for result in results]
    return "\n".join([*lines, "", *_ratios(results)])


def parts(results: Sequence[Result]) -> str:
    """Where the processors' time went, in milliseconds for each matter."""
    names = [name for name in results[0].cpu if name != "machine"]
    head = ("load", "system", *names, "whole machine")
    lines = [_row(head), _row(["---"] * len(head))]
    for result in results:
        each = [
            result.cpu.get(name, 0.0) * 1000 / max(result.matters, 1)
            for name in (*names, "machine")
        ]
        lines.append(_row([result.scenario, result.system, *(f"{ms:.2f}" for ms in each)]))
    return "\n".join(lines)


def machine(brokers: str) -> str:
    """What it was measured on."""
    facts = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "processor": f"{_processor()}, {os.cpu_count()} cores for all of it",
        "memory": _memory(),
        "load average at the end": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "libraries": ", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
        "brokers": brokers,
    }
    return "\n".join(f"- {name}: {fact}" for name, fact in facts.items())


def _cells(result: Result) -> list[str]:
    failed = str(result.failed) + (f" + {result.unbegun} not begun" if result.unbegun else "")
    return [
        result.scenario,
        result.system,
        f"{result.accepted:.0f}",
        f"{result.dispatched:.0f}",
        _pair(result.http),
        _pair(result.whole),
        f"{result.backlog} ({result.growth:+.1f})",
        str(result.lost),
        str(result.duplicated),
        failed,
    ]


def _ratios(results: Sequence[Result]) -> list[str]:
    """Baitong beside the plain version, for each load that both had."""
    plain = {result.scenario: result for result in results if result.system == "plain"}
    lines = []
    for ours in results:
        beside = plain.get(ours.scenario)
        if ours.system == "plain" or beside is None or not beside.dispatched:
            continue
        lines.append(
            f"- {ours.scenario}: baitong / plain = {ours.dispatched / beside.dispatched:.2f} in "
            f"matters end to end a second, {ours.whole[1] / beside.whole[1]:.3f} in end-to-end p99"
        )
    return lines


def _pair(both: tuple[float, float]) -> str:
    return " / ".join(f"{ms:.0f}" if ms >= 100 else f"{ms:.1f}" for ms in both)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
