"""The parts of a case 办件: who brought it, who has it, what was told, promised and published."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Officer:
    """A member of staff."""

    username: str
    name: str


@dataclass(frozen=True)
class Applicant:
    """The resident who brought the matter. `id_no` and `phone` are personal data: mask in lists."""

    name: str
    phone: str
    id_no: str = ""


@dataclass(frozen=True)
class ItemSnapshot:
    """The item 事项 as it stood when the case was accepted."""

    code: str
    name: str
    name_en: str
    procedure: tuple[str, ...]
    limit_zh: str
    limit_en: str


@dataclass(frozen=True)
class Material:
    """One thing to bring, and whether it is here."""

    name: str
    required: bool
    received: bool


@dataclass(frozen=True)
class Handler:
    """Who does the work now 承办人; the owner stays answerable all the same (N, B14).

    `kind`: owner, back_office, routing (looking for the department) or department.
    """

    kind: str
    code: str
    name: str


@dataclass(frozen=True)
class Notice:
    """The once-only notice 一次性告知书: everything missing, told once (A36)."""

    at: datetime
    by: str
    missing: tuple[str, ...]
    supplement_by: datetime


@dataclass(frozen=True)
class Rating:
    """The resident's grade 好差评 of one resolution: 5 is best."""

    grade: int
    satisfied: bool
    comment: str
    at: datetime
    resolution: int


@dataclass(frozen=True)
class Promise:
    """A written promise 容缺承诺 to bring minor materials later, by a day (A24).

    `reason` is what the applicant gave; `kept_at` when the last of them came.
    """

    materials: tuple[str, ...]
    reason: str
    at: datetime
    by: str
    due: datetime
    kept_at: datetime | None = None


@dataclass(frozen=True)
class Publication:
    """A public notice 公示 of an application: from when until when, and what was objected.

    `back_to` is who handled it before, and does again when the notice has ended.
    """

    at: datetime
    by: str
    until: datetime
    place: str
    back_to: Handler
    ended_at: datetime | None = None
    objections: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A written refusal 不予办理决定: why, and by which rule; the paper names remedies (A38)."""

    at: datetime
    by: str
    reason: str
    ground: str
