"""What a district is made of, as plain frozen values. Nothing here reads files."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from shared.district.search import find_items, find_refusal, pinyin_of
from shared.workdays import WorkCalendar

LIMIT_KINDS = (
    "law",
    "law_applicant",
    "national_gk",
    "published_elsewhere",
    "local_to_set",
    "hotline_rule",
    "confirmed",
    "none",
)
"""Where a time limit comes from. `confirmed` is what a district writes once it has set its own."""

LIMIT_UNITS = ("immediate", "day", "workday", "month")
DEPARTMENT_KINDS = ("line", "mass_org", "line_alt", "utility")
ITEM_CLASSES = ("statutory", "assist", "guide", "extra")
HANDLED_AT = ("desk", "back_office", "department")
ROLES = (
    "desk",
    "back_office",
    "grid",
    "manager",
    "department",
    "leader",
    "supervisor",
    "partner",
    "admin",
    "auditor",
)

Lang = Literal["zh", "en"]

_PROMISED_KINDS = frozenset({"law", "national_gk", "confirmed"})
_WORDS = {
    "zh": {
        "immediate": "当场办结",
        "day": "{n} 日内",
        "workday": "{n} 个工作日内",
        "month": "{n} 个月内",
        "applicant": "申请人须在 {n}申报",
        "applicant_open": "申请人的申报期限见办事指引",
        "none": "无法定期限",
        "open": "由区里确认后公布",
    },
    "en": {
        "immediate": "done on the spot",
        "day": "within {n} {days}",
        "workday": "within {n} working {days}",
        "month": "within {n} {months}",
        "applicant": "apply {n} (the applicant's own period)",
        "applicant_open": "the applicant's own period: see the guide",
        "none": "no time limit set by law",
        "open": "to be confirmed by the district",
    },
}


@dataclass(frozen=True)
class Community:
    """A community (社区). `code` has 12 digits, `street_code` its first 9."""

    code: str
    name: str
    short_name: str
    street_code: str
    street: str


@dataclass(frozen=True)
class Department:
    """A recipient of work orders. `kind` is one of DEPARTMENT_KINDS; `line` are the twelve."""

    code: str
    name: str
    short: str
    name_en: str
    kind: str
    duties: tuple[str, ...]
    evidence: str
    full_name: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Limit:
    """A time limit and where it comes from. `kind` is one of LIMIT_KINDS, `unit` of LIMIT_UNITS."""

    value: int | None
    unit: str | None
    kind: str
    source: tuple[str, ...] = ()

    @property
    def promised(self) -> bool:
        """Whether a resident may be told this limit as our promise.

        Only what law or a national document sets, or what this district has confirmed. Never a
        sample from elsewhere, never the applicant's own period.
        """
        return self.kind in _PROMISED_KINDS and self.unit is not None and self.value is not None

    def shown(self, lang: Lang = "zh") -> str:
        """Return the limit in words that may stand before a resident, in `zh` or `en`."""
        words = _WORDS[lang]
        if self.promised:
            return self._amount(lang)
        if self.kind == "law_applicant":
            if self.value is None:
                return words["applicant_open"]
            return words["applicant"].format(n=self._amount(lang))
        return words["none"] if self.kind == "none" else words["open"]

    def due(self, start: datetime, calendar: WorkCalendar) -> datetime | None:
        """Return when this limit ends for a case accepted at `start` (aware; the result is UTC).

        None where nothing is promised, or where the unit is months.
        """
        if not self.promised or self.value is None:
            return None
        if self.unit == "workday":
            return calendar.add_workdays(start, self.value)
        if self.unit in {"day", "immediate"}:
            return calendar.add_days(start, self.value)
        return None

    def _amount(self, lang: Lang) -> str:
        one = self.value == 1
        return _WORDS[lang][self.unit or "open"].format(
            n=self.value, days="day" if one else "days", months="month" if one else "months"
        )


@dataclass(frozen=True)
class Material:
    """One thing to bring. `when` says in Chinese in which case, for what is not always needed."""

    name: str
    required: bool
    when: str | None = None


@dataclass(frozen=True)
class Item:
    """A matter (事项) a resident can bring, or a duty of the community.

    `department` is None for the residents' committee itself. `parent` is the duty a guide belongs
    to. `public_notice` False means no public notice may be generated. `evidence` says for each
    fact how well it is founded.
    """

    code: str
    name: str
    name_en: str
    item_class: str
    domain: str
    parent: str | None
    handled_at: str
    department: str | None
    keywords: tuple[str, ...]
    materials: tuple[Material, ...]
    procedure: tuple[str, ...]
    limit: Limit
    time_limit: str
    fee: str
    legal_basis: str
    public_notice: bool
    public_notice_omits: tuple[str, ...]
    notes: str
    source: tuple[str, ...]
    evidence: dict[str, str] = field(hash=False)

    @property
    def pinyin(self) -> str:
        """The name's full pinyin."""
        return pinyin_of(self.name)[0]

    @property
    def initials(self) -> str:
        """The first letters of its syllables."""
        return pinyin_of(self.name)[1]


@dataclass(frozen=True)
class NotIssued:
    """A certificate a community must not issue (民发〔2020〕20号), and where to go instead."""

    code: str
    name: str
    keywords: tuple[str, ...]
    departments: tuple[str, ...]
    redirect_text: str
    rule: str
    source: tuple[str, ...]
    evidence: dict[str, str] = field(hash=False)


@dataclass(frozen=True)
class OutOfScope:
    """A demand outside the community's remit, and the department it is transferred to."""

    code: str
    name: str
    department: str
    limit: Limit
    keywords: tuple[str, ...]
    source: tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class Staff:
    """A demo member of staff. Passwords are set by each deployment and never stand in a pack.

    `partner` is the code of the partner in partners.yml for whom one of role `partner` acts.
    """

    username: str
    name: str
    role: str
    community: str | None
    department: str | None
    grids: tuple[str, ...]
    partner: str | None = None


@dataclass(frozen=True)
class Fact:
    """Where one rule comes from, and whether this district has confirmed it."""

    source: tuple[str, ...]
    confirmed: bool
    note: str | None = None


@dataclass(frozen=True)
class Choice:
    """One entry of a closed list (urgency, kind of demand, channel)."""

    code: str
    name: str
    name_en: str
    note: str | None = None


@dataclass(frozen=True)
class Grade:
    """One of the five grades of 好差评. `score` 5 is best; `positive` counts as satisfied."""

    code: str
    name: str
    name_en: str
    score: int
    positive: bool


@dataclass(frozen=True)
class Rules:
    """The numbers and choices that differ between districts. `facts` gives each one's source."""

    contact_hours: int
    finish_workdays: int
    extension_workdays: int
    extensions: int
    return_window_hours: int
    yellow_from: float
    review: str
    follow_up_all_named: bool
    bad_rating_contact_workdays: int
    bad_rating_fix_workdays: int
    supplement_workdays: int
    online_review_workdays: int
    desk_minutes: int
    desk_minutes_promised: bool
    grades: tuple[Grade, ...]
    kinds: tuple[Choice, ...]
    urgencies: tuple[Choice, ...]
    channels: tuple[Choice, ...]
    facts: dict[str, Fact] = field(hash=False)


@dataclass(frozen=True)
class ServiceHours:
    """When the desks are open, local time HH:MM. `after_hours` says how service goes on then."""

    days: str
    opens: str
    closes: str
    lunch_on_duty: bool
    after_hours: str
    source: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True)
class District:
    """A district pack, loaded and checked. `path` is its folder, for `read_part`.

    `parts` is what `once_a_district` keeps of it.
    """

    path: Path
    code: str
    name: str
    name_en: str
    full_name: str
    city: str
    city_en: str
    case_prefix: str
    phone: str
    timezone: str
    service_hours: ServiceHours
    caveats: tuple[str, ...]
    communities: dict[str, Community] = field(repr=False)
    departments: dict[str, Department] = field(repr=False)
    items: dict[str, Item] = field(repr=False)
    not_issued: dict[str, NotIssued] = field(repr=False)
    out_of_scope: dict[str, OutOfScope] = field(repr=False)
    staff: dict[str, Staff] = field(repr=False)
    sources: dict[str, str] = field(repr=False)
    rules: Rules = field(repr=False)
    calendar: WorkCalendar = field(repr=False, compare=False)
    parts: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def line_departments(self) -> list[Department]:
        """The twelve line departments, in the order of the pack."""
        return [d for d in self.departments.values() if d.kind == "line"]

    def search_items(self, text: str, limit: int = 10) -> list[Item]:
        """Return up to `limit` items for what an officer typed, best first.

        Takes a code, Chinese words, full pinyin, initials, English, or a resident's sentence.
        """
        return find_items(self.items.values(), text, limit)

    def refusal_for(self, text: str) -> NotIssued | None:
        """Return the certificate that `text` asks for and a community must not issue, if any.

        A hint for the desk, found by the pack's keywords: an officer decides.
        """
        return find_refusal(self.not_issued.values(), text)
