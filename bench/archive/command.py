"""``python -m bench archive``: fills, asks, prints the table and keeps it."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from math import log10
from pathlib import Path

from bench import report
from bench.archive.measure import Found, databases_of, filled, measure
from shared.district import load
from tests.support.brokers import DESCRIPTIONS, choose

RESULTS = Path(__file__).parents[1] / "results"
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)


def main(arguments: Sequence[str]) -> None:
    """Dossiers by powers of ten, each size in a fresh database; then all are asked in turn."""
    parser = argparse.ArgumentParser(prog="python -m bench archive", description=__doc__)
    parser.add_argument("--district", default="xiangshan", help="whose pack (xiangshan)")
    parser.add_argument("--dossiers", type=int, default=SIZES[-1], help="at most (10000000)")
    parser.add_argument("--from", type=int, default=SIZES[0], dest="least", help="at least")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    options = parser.parse_args(arguments)
    pack, mode = load(options.district), choose()
    with databases_of(options.database, mode) as fresh:
        ready = []
        for size in (size for size in SIZES if options.least <= size <= options.dossiers):
            ready.append(filled(fresh(), pack, size))
            print(f"{size:,}: {ready[-1].seconds:.0f} s, {ready[-1].megabytes:.0f} MB", flush=True)
        found = measure(ready)
    said = "\n\n".join(
        [
            f"# Finding what is archived, {datetime.now(UTC):%Y-%m-%d}, {options.database}",
            table(found),
            *(f"{what}: `{plan}`" for what, plan in found[-1].plans.items()),
            report.machine(DESCRIPTIONS[mode].removeprefix("Brokers: ")),
        ]
    )
    print(f"\n{said}")
    RESULTS.mkdir(exist_ok=True)
    name = f"archive-{datetime.now(UTC):%Y%m%d-%H%M%S}.md"
    (RESULTS / name).write_text(f"{said}\n", encoding="utf-8")
    print(f"\nkept as bench/results/{name}")


def table(found: Sequence[Found]) -> str:
    """A line for each thing asked; the last column says how it grew for every tenfold."""
    head = ["median, ms", *(f"{one.size:,}" for one in found), "for every tenfold"]
    lines = [head, ["---"] * len(head)]
    for what in found[0].times:
        times = [one.times[what] for one in found]
        lines.append([what, *(f"{ms:.1f}" for ms in times), _growth(found, times)])
    lines.append(["on disk, MB", *(f"{one.megabytes:,.0f}" for one in found), ""])
    lines.append(["filled in, s", *(f"{one.seconds:,.0f}" for one in found), ""])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _growth(found: Sequence[Found], times: Sequence[float]) -> str:
    tenfolds = log10(found[-1].size / found[0].size)
    if not tenfolds:
        return ""
    return f"x {(times[-1] / times[0]) ** (1 / tenfolds):.2f}"
