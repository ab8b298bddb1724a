"""Fill a running district with a realistic month: `make demo`, or `python -m tools.demo --help`."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime

import requests

from shared.clock import local
from shared.district import load
from tools.client import Baitong, Person, Refused
from tools.demo import neighbourhood
from tools.demo import plan as planning
from tools.demo.month import Clock, Month
from tools.demo.stories import Teller
from tools.demo.summary import summary

NEEDED = ("desk", "supervisor", "admin", "partner")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; returns the exit status."""
    options = _options(arguments)
    baitong = Baitong.from_environment()
    try:
        return _fill(baitong, options)
    except requests.ConnectionError:
        return _say(f"Nobody answers at {baitong.url}. Start a district first: make run", 1)
    except (Refused, TimeoutError) as error:
        return _say(f"{baitong.url}: {error}", 1)


def _fill(baitong: Baitong, options: argparse.Namespace) -> int:
    people = _sign_in(baitong)
    if missing := [name for name in NEEDED if name not in people]:
        return _say(f"No account {', '.join(missing)} with this password (BAITONG_PASSWORD)", 1)
    desks = [person for person in people.values() if person.user["role"] == "desk"]
    served = frozenset(p.user["department"] for p in people.values() if p.user["department"])
    tell = Teller(baitong, planning.dice(options.seed), served)
    month = planning.plan(baitong, desks, tell, options.cases)
    clock = Clock(people["admin"])
    _say(_beginning(baitong, month, clock, desks, served))
    begun, stopped = time.monotonic(), False
    try:
        refused = _tell(month, clock)
    except KeyboardInterrupt:
        refused, stopped = [], True
    finally:
        clock.present()
    if not stopped:
        refused += _told_around(baitong, people, options.seed)
    took = time.monotonic() - begun
    _say(f"\n{'Stopped' if stopped else 'Done'} after {took:.0f} s. What the pages show now:")
    for line in summary(baitong):
        _say(line)
    return 1 if refused else 0


def _sign_in(baitong: Baitong) -> dict[str, Person]:
    """Everybody of the pack's demo staff who has an account here, before the clock is moved."""
    people = {}
    for username in load(os.environ.get("DISTRICT", "xiangshan")).staff:
        try:
            people[username] = baitong.person(username)
        except Refused as refused:
            if refused.status != 401:  # noqa: PLR2004 (HTTP: no such account)
                raise
    return people


def _tell(month: Month, clock: Clock) -> list[Refused]:
    refused = []
    for problem in month.tell(clock, lambda done, moment: _progress(done, len(month), moment)):
        refused.append(problem)
        _say(f"\nrefused: {problem}")
    return refused


def _told_around(baitong: Baitong, people: dict[str, Person], seed: int) -> list[Refused]:
    refused = list(neighbourhood.tell(baitong, people, planning.dice(seed)))
    for problem in refused:
        _say(f"\nrefused: {problem}")
    return refused


def _progress(done: int, whole: int, moment: datetime) -> None:
    sys.stdout.write(f"\r{local(moment):%Y-%m-%d}  {done:>4} of {whole} matters")
    sys.stdout.flush()


def _beginning(
    baitong: Baitong, month: Month, clock: Clock, desks: list[Person], served: frozenset[str]
) -> str:
    told = [f"{len(month)} matters at {len(desks)} desks, {len(served)} departments, {baitong.url}"]
    if not clock.moves:
        told.append("This deployment's clock cannot be moved: all happens now, nothing is late.")
    return "\n".join(told)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument("--cases", type=int, default=300, help="how many matters (300)")
    parser.add_argument("--seed", type=int, default=2026, help="another seed, another month")
    return parser.parse_args(arguments)


def _say(text: str, status: int = 0) -> int:
    (sys.stderr if status else sys.stdout).write(f"{text}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
