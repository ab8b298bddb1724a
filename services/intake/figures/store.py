"""Booking what was archived: added once, and taken back should it be sealed anew."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from services.intake.figures.counted import COUNTED, Facts, counts_of
from services.intake.figures.tables import DAY, MONTH, WHOLE
from services.intake.models import figures
from shared.db import Transaction

Key = tuple[str, str, date, str, str]
_KEY = ("grain", "community", "start", "item", "channel")


def book(tx: Transaction, added: Iterable[Facts], taken_back: Iterable[Facts] = ()) -> None:
    """Put them into the figures, in the transaction that seals them: exactly once, or not at all.

    Rows are written in the order of their keys, so that two replicas cannot wait for each other.
    """
    sums = changes(added, taken_back)
    rows = [
        {**dict(zip(_KEY, key, strict=True)), **dict.fromkeys(COUNTED, 0), **counts}
        for key, counts in sorted(sums.items())
        if any(counts.values())
    ]
    if not rows:
        return
    put = tx.insert_statement(figures)
    more = {name: figures.c[name] + put.excluded[name] for name in COUNTED}
    tx.execute(put.on_conflict_do_update(index_elements=list(_KEY), set_=more), rows)


def changes(added: Iterable[Facts], taken_back: Iterable[Facts]) -> dict[Key, Counter[str]]:
    """What changes in which row."""
    sums: dict[Key, Counter[str]] = defaultdict(Counter)
    for sign, several in ((1, added), (-1, taken_back)):
        for facts in several:
            for day, counts in counts_of(facts):
                for key in keys_of(facts, day):
                    for name, count in counts.items():
                        sums[key][name] += sign * count
    return sums


def keys_of(facts: Facts, day: date) -> Iterator[Key]:
    """The rows a case is counted in: its own, its community's whole, and the district's two."""
    for grain, start in ((DAY, day), (MONTH, day.replace(day=1))):
        yield grain, facts.community, start, facts.item, facts.channel
        yield grain, facts.community, start, WHOLE, WHOLE
        yield grain, WHOLE, start, facts.item, facts.channel
        yield grain, WHOLE, start, facts.item, WHOLE
