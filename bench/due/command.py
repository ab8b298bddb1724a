"""``python -m bench due``: measures, prints the table and keeps it."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import report
from bench.due.measure import FALLING, Looked, measure
from services.routing.timers import MOST_AT_ONCE
from shared.district import load
from tests.support.brokers import DESCRIPTIONS, choose

RESULTS = Path(__file__).parents[1] / "results"
SIZES = (10_000, 100_000, 1_000_000)


def main(arguments: Sequence[str]) -> None:
    """Open orders by powers of ten, on both databases."""
    parser = argparse.ArgumentParser(prog="python -m bench due", description=__doc__)
    parser.add_argument("--district", default="xiangshan", help="whose pack (xiangshan)")
    parser.add_argument("--orders", type=int, default=SIZES[-1], help="at most (1000000)")
    options = parser.parse_args(arguments)
    sizes = tuple(size for size in SIZES if size <= options.orders)
    mode = choose()
    found = []
    for looked in measure(load(options.district), mode, sizes):
        print(_row(looked), flush=True)
        found.append(looked)
    said = "\n\n".join(
        [
            f"# Finding what is due among many open orders, {datetime.now(UTC):%Y-%m-%d}",
            _table(found),
            *_plans(found),
            report.machine(DESCRIPTIONS[mode].removeprefix("Brokers: ")),
        ]
    )
    print(f"\n{said}")
    RESULTS.mkdir(exist_ok=True)
    name = f"due-{datetime.now(UTC):%Y%m%d-%H%M%S}.md"
    (RESULTS / name).write_text(f"{said}\n", encoding="utf-8")
    print(f"\nkept as bench/results/{name}")


def _table(found: Sequence[Looked]) -> str:
    head = (
        "| database | open orders | a look, nothing due (ms) "
        f"| finding {MOST_AT_ONCE} due (ms) | {FALLING:,} due, done one after the other (s) |"
    )
    return "\n".join([head, "|---|---|---|---|---|", *map(_row, found)])


def _row(one: Looked) -> str:
    times = f"{one.nothing_due:.1f} | {one.some_due:.1f} | {one.all_due:.1f}"
    return f"| {one.database} | {one.orders:,} | {times} |"


def _plans(found: Sequence[Looked]) -> list[str]:
    plans = {one.database: one.plan for one in found}
    return [f"Plan of {name} at the largest: `{plan}`" for name, plan in plans.items()]
