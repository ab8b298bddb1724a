"""What services read of a district's pack for themselves: once, and checked against the rest.

A loaded pack never changes, so what was made of it is kept.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import TypeVar

from shared.district.document import Document, Problem
from shared.district.model import District

Part = TypeVar("Part")


def once_a_district(make: Callable[[District], Part]) -> Callable[[District], Part]:
    """Keep what ``make`` returns in the district's own ``parts``, and return that ever after.

    A part lives as long as its district. A district made by ``replace`` begins without parts, and
    an error is not kept: the next caller tries again.
    """

    @wraps(make)
    def kept(district: District) -> Part:
        if make not in district.parts:
            district.parts[make] = make(district)
        part: Part = district.parts[make]
        return part

    return kept


def every_urgency_listed(
    document: Document, district: District, key: str, what: str
) -> Iterator[Problem]:
    """Under ``key`` stands an entry, a ``what``, for every urgency of rules.yml and no other."""
    urgencies = {one.code for one in district.rules.urgencies}
    given = {entry.get("code") for _, entry in document.entries(key)}
    for code in sorted(urgencies - given):
        missing = f"{code!r} has no {what}"
        yield document.problem((key,), missing, f"a {what} for every urgency of rules.yml")
    for path, entry in document.entries(key):
        if entry.get("code") not in urgencies:
            wrong = f"{entry.get('code')!r} is no urgency"
            yield document.problem((*path, "code"), wrong, f"one of {', '.join(sorted(urgencies))}")
