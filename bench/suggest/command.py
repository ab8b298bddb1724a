"""``python -m bench suggest``: measures, prints the report and keeps it."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.suggest import measure, report
from shared.district import load

RESULTS = Path(__file__).parents[1] / "results"


def main(arguments: Sequence[str]) -> None:
    """The held-out utterances and the cross-validated examples of a district."""
    parser = argparse.ArgumentParser(prog="python -m bench suggest", description=__doc__)
    parser.add_argument("--district", default="xiangshan", help="whose pack (xiangshan)")
    parser.add_argument(
        "--tuning", action="store_true", help="only the examples: the held-out ones stay unseen"
    )
    options = parser.parse_args(arguments)
    district = load(options.district)
    now = datetime.now(UTC)
    parts = [f"# Which department: suggestions for {district.code}, {now:%Y-%m-%d %H:%M} UTC"]
    if not options.tuning:
        for file in measure.HELD_OUT:
            said = f"Held out: utterances that nobody tuned on ({file.name})"
            parts.append(report.section(said, measure.held_out(district, file), district))
    said = f"Cross-validated: the pack's examples, {measure.FOLDS} folds"
    parts.append(report.section(said, measure.cross_validated(district), district))
    whole = "\n\n".join(parts)
    print(whole)
    if not options.tuning:
        RESULTS.mkdir(exist_ok=True)
        name = f"suggest-{now:%Y%m%d-%H%M%S}.md"
        (RESULTS / name).write_text(f"{whole}\n", encoding="utf-8")
        print(f"\nkept as bench/results/{name}")
