"""How much processor time each part of the machine used, from /proc."""

import os
from collections.abc import Mapping
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_BY_PROGRAM = {"beam.smp": "rabbitmq", "postgres": "postgres", "docker-proxy": "docker-proxy"}


def used(processes: Mapping[str, int]) -> dict[str, float]:
    """Processor seconds used so far: by these processes, by the brokers, and by everything.

    Brokers are found by the name of their program, so on a shared machine others' count too.
    """
    seconds = {name: _of(Path(f"/proc/{pid}/stat"))[1] for name, pid in processes.items()}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            program, time = _of(entry)
        except OSError:  # it ended meanwhile
            continue
        if program in _BY_PROGRAM:
            part = _BY_PROGRAM[program]
            seconds[part] = seconds.get(part, 0.0) + time
    seconds["machine"] = _busy()
    return seconds


def between(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What was used from one reading to the next."""
    return {name: round(after[name] - before.get(name, 0.0), 2) for name in after}


def _of(stat: Path) -> tuple[str, float]:
    text = stat.read_text(encoding="utf-8", errors="replace")
    program, _, rest = text[text.index("(") + 1 :].rpartition(")")
    fields = rest.split()
    return program, (int(fields[11]) + int(fields[12])) / _TICK


def _busy() -> float:
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, irq, softirq = map(int, fields[:7])
    return (user + nice + system + irq + softirq) / _TICK
