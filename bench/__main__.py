"""Measure the transfer job: ``python -m bench``.

Which department: ``python -m bench suggest``; what is due: ``python -m bench due``;
finding what is archived: ``python -m bench archive``.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench import matters, report
from bench.archive import command as archive
from bench.due import command as due
from bench.measure import Result, Scenario, measure
from bench.suggest import command as suggest
from bench.systems import SYSTEMS
from tests.support.brokers import DESCRIPTIONS, Mode, choose, make_postgres, make_rabbit

RESULTS = Path(__file__).parent / "results"
CLIENTS = 32
RATES = (50, 100, 200, 400)
_WARM_UP = 3.0
_BODIES = 2000


def main() -> None:
    """Start everything, measure, print the table and keep it."""
    others = {"suggest": suggest.main, "due": due.main, "archive": archive.main}
    other = others.get(sys.argv[1] if sys.argv[1:] else "")
    if other is not None:
        other(sys.argv[2:])
        return
    options = _options()
    mode = choose()
    results = _run(options, mode)
    said = "\n\n".join(
        [
            f"# The transfer job, {options.seconds:g} s for each line",
            report.table(results),
            "Processor time for each matter, ms:",
            report.parts(results),
            report.machine(DESCRIPTIONS[mode].removeprefix("Brokers: ")),
        ]
    )
    print(f"\n{said}")
    _keep(said, results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="for each measurement (15)")
    parser.add_argument("--quick", action="store_true", help="a first look: 4 s, fewer rates")
    parser.add_argument("--only", choices=SYSTEMS, help="leave the other system out")
    parser.add_argument(
        "--rates", type=_rates, default=RATES, help="open loops, e.g. 50,100 or none"
    )
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rates = 4.0, (50, 100)
    return options


def _rates(text: str) -> tuple[float, ...]:
    return () if text == "none" else tuple(float(rate) for rate in text.split(","))


def _run(options: argparse.Namespace, mode: Mode) -> list[Result]:
    """Both systems run at once, and only one is under load: each pair is measured back to back."""
    bodies = tuple(matters.bodies(_BODIES))
    scenarios = [Scenario(f"closed, {CLIENTS} clients", clients=CLIENTS)]
    scenarios += [Scenario(f"open, {rate:g}/s", rate=rate) for rate in options.rates]
    names = [options.only] if options.only else list(SYSTEMS)
    with ExitStack() as running:
        rabbit = running.enter_context(make_rabbit(mode))
        postgres = running.enter_context(make_postgres(mode))
        systems = [running.enter_context(SYSTEMS[name](rabbit, postgres)) for name in names]
        for system in systems:
            _tell(measure(system, Scenario("warm-up", clients=CLIENTS), _WARM_UP, bodies))
        return [
            _tell(measure(system, scenario, options.seconds, bodies))
            for scenario in scenarios
            for system in systems
        ]


def _tell(result: Result) -> Result:
    print(
        f"{result.system:8} {result.scenario:18} {result.accepted:6.0f} accepted/s "
        f"{result.dispatched:6.0f} end to end/s  p99 {result.whole[1]:7.0f} ms",
        *result.errors,
        flush=True,
    )
    return result


def _keep(said: str, results: list[Result]) -> None:
    RESULTS.mkdir(exist_ok=True)
    name = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    (RESULTS / f"{name}.md").write_text(f"{said}\n", encoding="utf-8")
    whole = json.dumps([asdict(result) for result in results], ensure_ascii=False, indent=1)
    (RESULTS / f"{name}.json").write_text(whole, encoding="utf-8")
    print(f"\nkept as bench/results/{name}.md")


if __name__ == "__main__":
    main()
