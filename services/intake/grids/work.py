"""``grid_work.yml`` of a district pack: what grid workers look at, and how it is followed up."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from marshmallow import Schema, fields, validate

from shared.district import District, Document, Problem, once_a_district, read_part
from shared.district.document import Place
from shared.district.made import Made

FILE = "grid_work.yml"
KINDS = {
    "visit": {"open": False, "care": True, "categories": False},
    "patrol": {"open": False, "care": False, "categories": False},
    "hazard": {"open": False, "care": False, "categories": True},
    "snapshot": {"open": True, "care": False, "categories": True},
}
"""The kinds of reports and what each asks for. The phone's form, its script, which works without a
network, and the page for passers-by are made for these: a pack names and words them."""
_PARTS = {"questions": ("visit",), "checklists": ("visit", "patrol")}
"""What the form shows under some kinds only."""
LimitData = Mapping[str, int]
"""``{"hours": 2}`` around the clock, or ``{"workdays": 3}``: exactly one."""


@dataclass(frozen=True)
class Named:
    """A code with its names."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True)
class Group(Named):
    """A group of people who need care; ``sensitive``: it speaks of health (PIPL 28)."""

    sensitive: bool
    by_worker: bool


@dataclass(frozen=True)
class Item(Named):
    """One thing to look at."""


@dataclass(frozen=True)
class Checklist(Named):
    """Things looked at together, such as 三清三关."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Category(Named):
    """What a hazard is about; its urgency where the reporter says none."""

    urgency: str


@dataclass(frozen=True)
class Choice(Named):
    """An answer. ``met``: somebody was met there; ``followed``: somebody has to take it up."""

    met: bool
    followed: bool


@dataclass(frozen=True)
class Question(Named):
    """A question of a report that is answered with one of its choices."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Kind(Named):
    """A kind of report: visit, patrol, hazard, snapshot.

    Attributes:
        followed: somebody has to take it up even where nothing is ticked.
        open: anybody may send one, without signing in.
        photo: one is asked for.

    """

    followed: bool
    open: bool
    photo: bool
    care: bool
    categories: bool
    checklists: tuple[str, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Within:
    """Until when a report of this urgency is to be solved."""

    urgency: str
    finish: LimitData = field(hash=False)


@dataclass(frozen=True)
class Notices:
    """Rectification notices 整改通知书: days to put right and look back; what they rest on."""

    prefix: str
    days: int
    look_back_days: int
    bases: tuple[Named, ...]


@dataclass(frozen=True)
class GridWork:
    """The whole file."""

    report_prefix: str
    care_prefix: str
    groups: tuple[Group, ...]
    consents: tuple[Named, ...]
    visit_every_days: int
    kinds: tuple[Kind, ...]
    categories: tuple[Category, ...]
    checklists: tuple[Checklist, ...]
    within: tuple[Within, ...]
    reviewed_by_another: bool
    notices: Notices
    kept_days: int

    def answered_by_workers(self, groups: Collection[str]) -> bool:
        """Whether a grid worker is first responder for any of these groups (N, 1-21)."""
        return any(group.by_worker and group.code in groups for group in self.groups)

    def sensitive(self, groups: Collection[str]) -> bool:
        """Whether any of these groups speaks of health."""
        return any(group.sensitive and group.code in groups for group in self.groups)

    def kind(self, code: str) -> Kind | None:
        """The kind with this code."""
        return find(self.kinds, code)

    def checklist(self, code: str) -> Checklist | None:
        """The checklist with this code."""
        return find(self.checklists, code)

    def category(self, code: str) -> Category | None:
        """The category with this code."""
        return find(self.categories, code)


_N = TypeVar("_N", bound=Named)


def find(entries: Collection[_N], code: str) -> _N | None:
    """The entry with this code; None where there is none."""
    return next((one for one in entries if one.code == code), None)


# -- what the file may say -------------------------------------------------------------------------


class _OfWork(Made):
    for_readers = frozenset({"source", "confirmed", "note"})


def _text(longest: int = 60, **kwargs: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=1, max=longest), **kwargs)


def _count(low: int, high: int, **kwargs: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=low, max=high), **kwargs)


def _many(schema: type[Schema], **kwargs: Any) -> fields.List[Any]:
    return fields.List(fields.Nested(schema), **kwargs)


class _Named(_OfWork):
    makes: type[Any] = Named
    code = fields.String(required=True, validate=validate.Regexp(r"[a-z][a-z_0-9]{1,29}\Z"))
    name = _text(60, required=True)
    name_en = _text(100, required=True)
    source = fields.List(fields.String())
    confirmed = fields.Boolean()
    note = fields.String()


class _Group(_Named):
    makes = Group
    sensitive = fields.Boolean(load_default=False)
    by_worker = fields.Boolean(load_default=False)


class _Item(_Named):
    makes = Item


class _Checklist(_Named):
    makes = Checklist
    items = _many(_Item, required=True, validate=validate.Length(min=1, max=20))


class _Category(_Named):
    makes = Category
    urgency = _text(30, load_default="normal")


class _Choice(_Named):
    makes = Choice
    met = fields.Boolean(load_default=True)
    followed = fields.Boolean(load_default=False)


class _Question(_Named):
    makes = Question
    choices = _many(_Choice, required=True, validate=validate.Length(min=2, max=8))


class _Kind(_Named):
    makes = Kind
    followed = fields.Boolean(load_default=False)
    open = fields.Boolean(load_default=False)
    photo = fields.Boolean(load_default=False)
    care = fields.Boolean(load_default=False)
    categories = fields.Boolean(load_default=False)
    checklists = fields.List(_text(30), load_default=list)
    questions = _many(_Question, load_default=list, validate=validate.Length(max=5))


def _limit() -> fields.Dict:
    unit = fields.String(validate=validate.OneOf(("hours", "workdays")))
    one = validate.Length(equal=1)
    return fields.Dict(keys=unit, values=_count(1, 1000), validate=one, required=True)


class _Within(_OfWork):
    makes = Within
    urgency = _text(30, required=True)
    finish = _limit()
    source = fields.List(fields.String())
    confirmed = fields.Boolean()


class _Notices(_OfWork):
    makes = Notices
    prefix = fields.String(required=True, validate=validate.Regexp(r"[A-Z]{2,4}\Z"))
    days = _count(1, 365, required=True)
    look_back_days = _count(1, 365, required=True)
    bases = _many(_Named, required=True)
    source = fields.List(fields.String())
    confirmed = fields.Boolean()
    note = fields.String()


class _Work(_OfWork):
    makes = GridWork
    report_prefix = fields.String(required=True, validate=validate.Regexp(r"[A-Z]{2,4}\Z"))
    care_prefix = fields.String(required=True, validate=validate.Regexp(r"[A-Z]{2,4}\Z"))
    groups = _many(_Group, required=True)
    consents = _many(_Named, required=True)
    visit_every_days = _count(1, 366, required=True)
    kinds = _many(_Kind, required=True)
    categories = _many(_Category, required=True)
    checklists = _many(_Checklist, required=True)
    within = _many(_Within, required=True)
    reviewed_by_another = fields.Boolean(required=True)
    notices = fields.Nested(_Notices, required=True)
    kept_days = _count(30, 3660, required=True)


def load(district: District) -> GridWork:
    """Read and check the file, of the pack or of its base.

    Raises:
        PackError: with every problem, its line and what was expected.

    """

    def codes_known(document: Document) -> Iterator[Problem]:
        urgencies = {one.code for one in district.rules.urgencies}
        yield from _known(document, "categories", "urgency", urgencies)
        yield from _known(document, "within", "urgency", urgencies)
        yield from _kinds_known(document)
        lists = {entry.get("code") for _, entry in document.entries("checklists")}
        for path, entry in document.entries("kinds"):
            for code in sorted(set(entry.get("checklists") or ()) - lists):
                yield document.problem(path, f"no checklist {code!r}", "one of checklists")

    found: GridWork = read_part(district.path, FILE, _Work, [codes_known])
    return found


def _kinds_known(document: Document) -> Iterator[Problem]:
    """Each of KINDS stands there once, as the pages have it, and no other."""
    given = [entry.get("code") for _, entry in document.entries("kinds")]
    for code in KINDS:
        if given.count(code) != 1:
            wrong = f"the kind {code!r} stands there {given.count(code)} times"
            yield document.problem(("kinds",), wrong, f"{', '.join(KINDS)}, each once")
    for path, entry in document.entries("kinds"):
        yield from _as_the_pages_have_it(document, path, entry)


def _as_the_pages_have_it(
    document: Document, path: Place, entry: Mapping[str, Any]
) -> Iterator[Problem]:
    code = entry.get("code")
    if code not in KINDS:
        wanted = f"one of {', '.join(KINDS)}: the names are the district's, the codes are not"
        yield document.problem((*path, "code"), f"no page knows the kind {code!r}", wanted)
        return
    for flag, value in KINDS[code].items():
        if entry.get(flag, False) is not value:
            wrong = f"the pages know {code!r} otherwise"
            yield document.problem((*path, flag), wrong, f"{flag}: {str(value).lower()}")
    for part, kinds in _PARTS.items():
        if entry.get(part) and code not in kinds:
            wrong = f"the form shows none for {code!r}"
            yield document.problem((*path, part), wrong, f"{part} under {' or '.join(kinds)} only")


def _known(document: Document, part: str, name: str, known: set[str]) -> Iterator[Problem]:
    for path, entry in document.entries(part):
        if entry.get(name, "normal") not in known:
            wanted = f"one of {', '.join(sorted(known))}"
            yield document.problem((*path, name), f"{entry.get(name)!r} is unknown", wanted)


@once_a_district
def work_for(district: District) -> GridWork:
    """The district's, read once: a loaded pack never changes.

    Raises:
        PackError: the file is missing or wrong.

    """
    return load(district)
