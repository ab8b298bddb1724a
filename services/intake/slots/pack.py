"""``slots.yml`` of a district pack: what can be booked, when, how far ahead, and who goes first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from marshmallow import fields, post_load, validate

from services.intake.slots.slot import WALK_IN
from shared.district import District, Document, Problem, once_a_district, read_part
from shared.district.made import Sourced
from shared.workdays import WorkCalendar

FILE = "slots.yml"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAYS, WEEKENDS, DAILY = "workdays", "weekends", "daily"
_CODE = validate.Regexp(r"^[a-z][a-z0-9_]{1,19}$")
_CLOCK = validate.Regexp(r"^([01]\d|2[0-3]):[0-5]\d$")


@dataclass(frozen=True)
class Kind:
    """A kind of slot.

    Attributes:
        channel: the channel of rules.yml that a case born here carries.
        at_home: the officer comes to the resident, who says where.
        kept_for: groups for whom its places are kept until ``kept_until_hours`` before.

    """

    code: str
    name: str
    name_en: str
    channel: str
    at_home: bool
    kept_for: tuple[str, ...]
    kept_until_hours: int


@dataclass(frozen=True)
class Group:
    """People who go first."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True)
class TicketKind:
    """A kind of ticket: its letter, and its rank; 0 is called first."""

    code: str
    letter: str
    name: str
    name_en: str
    rank: int
    hint: str
    hint_en: str


@dataclass(frozen=True)
class Pattern:
    """Slots that come again: which days, from when to when, how long each, how many people."""

    code: str
    kind: str
    communities: tuple[str, ...]
    days: tuple[str, ...]
    opens: time
    closes: time
    every: int
    capacity: int
    place: str
    place_en: str
    departments: tuple[str, ...]
    remarks: str

    def serves(self, community: str) -> bool:
        """Whether this community has it; without a list all have."""
        return not self.communities or community in self.communities

    def falls_on(self, day: date, calendar: WorkCalendar) -> bool:
        """Whether it takes place on this day; on public holidays nothing does.

        A named weekday is kept on days that are worked, and Saturday and Sunday as they are.
        """
        if DAILY in self.days:
            return True
        if calendar.is_workday(day):
            return WORKDAYS in self.days or WEEKDAYS[day.weekday()] in self.days
        if calendar.holiday_name(day) is not None:
            return False
        weekend = day.weekday() >= WEEKDAYS.index("sat")
        named = weekend and WEEKDAYS[day.weekday()] in self.days
        return named or (weekend and WEEKENDS in self.days)


@dataclass(frozen=True)
class SlotBook:
    """slots.yml, loaded and checked.

    Attributes:
        ahead_days: how far ahead slots are made and booked.
        book_until_minutes: the latest booking before it begins; ``change_until_minutes`` change.
        most_held: bookings one telephone may hold; ``most_waiting`` people in line for one slot.
        keep_days: after this many days a booking that is over forgets who it was.
        windows: counters tickets are called to; ``called_shown`` numbers stand on the screen.

    """

    ahead_days: int
    book_until_minutes: int
    change_until_minutes: int
    most_held: int
    most_waiting: int
    remind_days: int
    keep_days: int
    windows: int
    called_shown: int
    kinds: dict[str, Kind]
    groups: dict[str, Group]
    ticket_kinds: dict[str, TicketKind]
    patterns: tuple[Pattern, ...]


def _text(longest: int, **kwargs: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=1, max=longest), **kwargs)


def _count(low: int, high: int) -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(min=low, max=high))


def _codes(**kwargs: Any) -> fields.List[Any]:
    return fields.List(fields.String(validate=validate.Length(max=20)), load_default=list, **kwargs)


class _OfSlots(Sourced):
    """Where it comes from is for readers as well."""

    for_readers = frozenset({"source", "confirmed", "note"})


class _KindSchema(_OfSlots):
    makes = Kind
    code = fields.String(required=True, validate=_CODE)
    name = _text(20, required=True)
    name_en = _text(40, required=True)
    channel = fields.String(required=True, validate=_CODE)
    at_home = fields.Boolean(load_default=False)
    kept_for = _codes()
    kept_until_hours = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 240))


class _GroupSchema(_OfSlots):
    makes = Group
    code = fields.String(required=True, validate=_CODE)
    name = _text(20, required=True)
    name_en = _text(40, required=True)


class _TicketKindSchema(_OfSlots):
    makes = TicketKind
    code = fields.String(required=True, validate=_CODE)
    letter = fields.String(required=True, validate=validate.Regexp(r"^[A-Z]$"))
    name = _text(20, required=True)
    name_en = _text(40, required=True)
    rank = _count(0, 9)
    hint = _text(60, required=True)
    hint_en = _text(100, required=True)


class _PatternSchema(_OfSlots):
    makes = Pattern
    code = fields.String(required=True, validate=_CODE)
    kind = fields.String(required=True, validate=_CODE)
    communities = _codes()
    days = fields.List(
        fields.String(validate=validate.OneOf((*WEEKDAYS, WORKDAYS, WEEKENDS, DAILY))),
        required=True,
        validate=validate.Length(min=1),
    )
    opens = fields.String(required=True, validate=_CLOCK)
    closes = fields.String(required=True, validate=_CLOCK)
    every = _count(5, 1440)
    capacity = _count(1, 2000)
    place = _text(60, required=True)
    place_en = _text(80, required=True)
    departments = _codes()
    remarks = fields.String(load_default="", validate=validate.Length(max=200))

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Any:
        clocks = {name: time.fromisoformat(data[name]) for name in ("opens", "closes")}
        return super().make(data | clocks, **kwargs)


class _SlotsSchema(_OfSlots):
    makes = SlotBook
    ahead_days = _count(1, 60)
    book_until_minutes = _count(0, 1440)
    change_until_minutes = _count(0, 2880)
    most_held = _count(1, 20)
    most_waiting = _count(0, 500)
    remind_days = _count(1, 7)
    keep_days = _count(1, 3650)
    windows = _count(1, 30)
    called_shown = _count(1, 12)
    kinds = fields.List(fields.Nested(_KindSchema), required=True)
    groups = fields.List(fields.Nested(_GroupSchema), required=True)
    ticket_kinds = fields.List(fields.Nested(_TicketKindSchema), required=True)
    patterns = fields.List(fields.Nested(_PatternSchema), required=True)

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Any:
        listed = ("kinds", "groups", "ticket_kinds")
        by_code = {name: {one.code: one for one in data[name]} for name in listed}
        return super().make(data | by_code, **kwargs)


def load(district: District) -> SlotBook:
    """Read and check the district's ``slots.yml``, its own or its base's.

    Raises:
        PackError: with every problem, its line and what was expected.

    """

    def codes_known(document: Document) -> Iterator[Problem]:
        kinds = {e.get("code") for _, e in document.entries("kinds")}
        groups = {e.get("code") for _, e in document.entries("groups")}
        yield from _known(
            document, "kinds", "channel", {one.code for one in district.rules.channels}
        )
        yield from _known(document, "kinds", "kept_for", groups)
        yield from _known(document, "patterns", "kind", kinds | {WALK_IN})
        yield from _known(document, "patterns", "departments", district.departments)
        yield from _known(document, "patterns", "communities", district.communities)
        yield from _once(document)

    found: SlotBook = read_part(district.path, FILE, _SlotsSchema, [codes_known])
    return found


@once_a_district
def slots_for(district: District) -> SlotBook:
    """The district's slots.yml, read once.

    Raises:
        PackError: the file is missing or wrong.

    """
    return load(district)


def _known(document: Document, part: str, field: str, known: Any) -> Iterator[Problem]:
    for path, entry in document.entries(part):
        given = entry.get(field) or []
        for code in given if isinstance(given, list) else [given]:
            if code not in known:
                wanted = f"one of {', '.join(sorted(map(str, known)))}"
                yield document.problem((*path, field), f"{code!r} is unknown", wanted)


def _once(document: Document) -> Iterator[Problem]:
    for part, field in (("kinds", "code"), ("patterns", "code"), ("ticket_kinds", "letter")):
        given = [entry.get(field) for _, entry in document.entries(part)]
        for path, entry in document.entries(part):
            if given.count(entry.get(field)) > 1:
                said = f"{entry.get(field)!r} is there more than once"
                yield document.problem((*path, field), said, "one of each")
