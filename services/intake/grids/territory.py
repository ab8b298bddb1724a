"""``grids.yml`` of a district pack: the three levels of its grids, and who heads them.

Community 社区 -> grid 网格, with its head 网格长 -> building 楼栋, with its own (N, 0-37, 4-10).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from marshmallow import fields, validate

from services.intake.reason import Reason, msgid
from shared.district import District, Document, Problem, once_a_district, read_part
from shared.district.made import Made

FILE = "grids.yml"


@dataclass(frozen=True)
class Level:
    """A level of the grids, 1 the widest; who is responsible there."""

    level: int
    name: str
    name_en: str
    head: str
    head_en: str


@dataclass(frozen=True)
class Building:
    """A building or a stairway 楼栋、单元 and its head 楼栋长."""

    name: str
    head: str


@dataclass(frozen=True)
class Grid:
    """A grid of a community; its code begins with the community's 12 digits."""

    code: str
    name: str
    head: str
    buildings: tuple[Building, ...]

    @property
    def community(self) -> str:
        """The 12 digits of its community."""
        return self.code[:12]


@dataclass(frozen=True)
class Territory:
    """All grids of a district that the pack knows."""

    levels: tuple[Level, ...]
    grids: tuple[Grid, ...]

    def of(self, community: str) -> list[Grid]:
        """The grids of one community."""
        return [grid for grid in self.grids if grid.community == community]

    def grid(self, code: str) -> Grid | None:
        """The grid with this code."""
        return next((grid for grid in self.grids if grid.code == code), None)


class _OfTerritory(Made):
    for_readers = frozenset({"source"})


def _text(longest: int = 60) -> fields.String:
    return fields.String(required=True, validate=validate.Length(min=1, max=longest))


class _Level(_OfTerritory):
    makes = Level
    level = fields.Integer(strict=True, required=True, validate=validate.Range(min=1, max=3))
    name = _text()
    name_en = _text()
    head = _text()
    head_en = _text()
    source = fields.List(fields.String())


class _Building(_OfTerritory):
    makes = Building
    name = _text()
    head = _text()


class _Grid(_OfTerritory):
    makes = Grid
    code = fields.String(required=True, validate=validate.Regexp(r"\d{15}\Z"))
    name = _text()
    head = _text()
    buildings = fields.List(fields.Nested(_Building), load_default=list)


class _Territory(_OfTerritory):
    makes = Territory
    levels = fields.List(fields.Nested(_Level), required=True, validate=validate.Length(equal=3))
    grids = fields.List(fields.Nested(_Grid), required=True)


def load(district: District) -> Territory:
    """Read and check the district's own file; a district without one has no grids yet.

    Raises:
        PackError: with every problem, its line and what was expected.

    """
    if not (district.path / FILE).exists():  # another district's grids are no use here
        return Territory((), ())

    def codes_known(document: Document) -> Iterator[Problem]:
        seen: set[str] = set()
        for path, entry in document.entries("grids"):
            code = str(entry.get("code"))
            if code[:12] not in district.communities:
                yield document.problem((*path, "code"), f"{code!r} is of no community", "its code")
            if code in seen:
                yield document.problem((*path, "code"), f"{code!r} comes twice", "one of each")
            seen.add(code)

    found: Territory = read_part(district.path, FILE, _Territory, [codes_known])
    return found


@once_a_district
def territory_of(district: District) -> Territory:
    """The district's, read once: a loaded pack never changes.

    Raises:
        PackError: the file is wrong.

    """
    return load(district)


def grid_known(district: District, community: str, code: str) -> Reason | None:
    """A grid of this community, or none said."""
    known = {grid.code for grid in territory_of(district).of(community)}
    if not code or code in known:
        return None
    return Reason("grid", msgid("这个网格不属于本社区"), msgid("请从本社区的网格里选"))
