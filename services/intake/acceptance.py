"""Taking a matter in: what was said at the desk, checked against the district, becomes a case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from services.intake import rules
from services.intake.case import (
    ACCEPTED,
    APPLY,
    Actor,
    Applicant,
    Case,
    Handler,
    ItemSnapshot,
    Material,
    Officer,
)
from services.intake.desk.pack import desk_of, groups_of
from services.intake.reason import Forbidden, Invalid, Reason, allow, msgid
from services.intake.ways import rules as ways_rules
from shared import inputs
from shared.clock import local
from shared.district import Choice, Community, District, Item, Limit, NotIssued
from shared.mask import mask_text
from shared.workdays import WorkCalendar, end_of_day


@dataclass(frozen=True)
class Promised:
    """Minor materials that the applicant promises in writing to bring later (A24)."""

    materials: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Acceptance:
    """A matter as it was brought. `materials` says of each by name whether it is here.

    Attributes:
        kind: a code of the pack's kinds; empty with an item means an application.
        not_a_certificate: an officer's reason why this asks for none of the certificates that
            communities must not issue, though it sounds so.
        key: Idempotency-Key of the request, or empty.
        way: how it is to be handled, a code of desk.yml; empty means the first of them.
        groups: of whom the resident is one, codes of desk.yml (1-21).
        owner: the first responder, given by channels where no officer received the matter.
        promise: the minor materials that are promised in writing (A24), and why they are not here.
        grid: the grid it lies in, if known.
        started_at: since when nothing was missing at the desk, for the promised minutes (4-03).
        demand: the entry of the people's ledger it comes of; without, a demand gets its own.

    """

    actor: Actor
    community: str
    applicant_name: str
    phone: str
    item: str = ""
    title: str = ""
    description: str = ""
    kind: str = ""
    id_no: str = ""
    channel: str = "desk"
    urgency: str = "normal"
    location: str = ""
    language: str = "zh"
    materials: Mapping[str, bool] | None = None
    not_a_certificate: str = ""
    key: str = ""
    way: str = ""
    groups: tuple[str, ...] = ()
    owner: Officer | None = None
    promise: Promised | None = None
    grid: str = ""
    started_at: datetime | None = None
    demand: str = ""


@dataclass(frozen=True)
class Checked:
    """An acceptance of which every field is known to be right."""

    asked: Acceptance
    kind: str
    title: str
    community: Community
    item: Item | None
    applicant: Applicant


def check(asked: Acceptance, district: District) -> Checked:
    """Look every field up.

    Raises:
        Invalid: naming each field that is wrong.
        Forbidden: the officer serves another community.

    """
    kind = asked.kind or (APPLY if asked.item else "")
    item = district.items.get(asked.item)
    title = title_of(asked, item)
    phone, id_no = read_phone(asked.phone), read_id_no(asked.id_no)
    community = district.communities.get(asked.community)
    allow(
        _item_known(asked.item, item),
        _title_given(title),
        _one_of("kind", kind, district.rules.kinds),
        _one_of("channel", asked.channel, district.rules.channels),
        _one_of("urgency", asked.urgency, district.rules.urgencies),
        ways_rules.way_known(desk_of(district), asked.way) if asked.way else None,
        ways_rules.groups_known([one.code for one in groups_of(district)], asked.groups),
        phone if isinstance(phone, Reason) else None,
        id_no if isinstance(id_no, Reason) else None,
    )
    if community is None:
        raise Invalid(_no_community(asked.community))
    allow(rules.own_community(asked.actor, community.code), as_=Forbidden)
    applicant = Applicant(asked.applicant_name.strip(), str(phone), str(id_no))
    return Checked(asked, kind, title, community, item, applicant)


def title_of(asked: Acceptance, item: Item | None) -> str:
    """The title: lists are searched by it, so it stands in clear and names nobody."""
    said = asked.title.strip()
    if said:
        return mask_text(said, asked.applicant_name.strip())
    return item.name if item else ""


def certificate_asked_for(checked: Checked, district: District) -> NotIssued | None:
    """The certificate this asks for that communities must not issue (民发〔2020〕20号), if any.

    With an item of the catalogue only the title counts: the item itself is the district's to
    offer, and who applies for it may well mention papers in the description.
    """
    asked = checked.asked
    said = asked.title if checked.item else f"{checked.title} {asked.description}"
    return rules.not_issued(district, checked.kind, said, asked.not_a_certificate)


def case_from(
    checked: Checked, owner: Officer, number: str, *, now: datetime, district: District
) -> Case:
    """The case with its receipt number; the first responder owns it from here to the end."""
    asked, desk = checked.asked, desk_of(district)
    limit = limit_of(checked.kind, checked.item, district)
    return Case(
        number=number,
        state=ACCEPTED,
        kind=checked.kind,
        title=checked.title,
        description=asked.description.strip(),
        community=checked.community.code,
        community_name=checked.community.name,
        owner=owner,
        handler=Handler("owner", owner.username, owner.name),
        applicant=checked.applicant,
        channel=asked.channel,
        urgency=asked.urgency,
        location=asked.location.strip(),
        language=asked.language,
        accepted_at=now,
        item=snapshot(checked.item) if checked.item else None,
        materials=_materials(checked),
        due_at=due(limit, now, district.calendar),
        limit_zh=limit.shown("zh"),
        limit_en=limit.shown("en"),
        way=asked.way or desk.usual_way,
        groups=tuple(asked.groups),
        grid=asked.grid,
        review_by=desk.review_by(asked.channel, now, district),
    )


def limit_of(kind: str, item: Item | None, district: District) -> Limit:
    """The item's limit for an application, the pack's for a demand, none for what is not listed."""
    if kind != APPLY:
        return Limit(district.rules.finish_workdays, "workday", "confirmed", ("A50", "N"))
    return item.limit if item else Limit(None, None, "local_to_set")


def due(limit: Limit, start: datetime, calendar: WorkCalendar) -> datetime | None:
    """When a limit that starts now ends; None where it is not promised."""
    return _due_on(limit, local(start).date(), calendar)


@lru_cache(maxsize=1024)
def _due_on(limit: Limit, day: date, calendar: WorkCalendar) -> datetime | None:
    # A deadline depends on the day only, and counting it takes longer than the rest of a receipt.
    return limit.due(end_of_day(day), calendar)


@lru_cache(maxsize=1024)
def snapshot(item: Item) -> ItemSnapshot:
    """The item as it stands today; the case keeps it whatever the catalogue becomes."""
    return ItemSnapshot(
        item.code,
        item.name,
        item.name_en,
        item.procedure,
        item.limit.shown("zh"),
        item.limit.shown("en"),
    )


def read_phone(text: str) -> str | Reason:
    """A Chinese number, mobile or landline, as 13805610000 or 0561-3021234; or why it is none."""
    try:
        return inputs.phone(text)
    except inputs.BadInput as bad:
        return Reason("applicant.phone", bad.reason, bad.remedy)


def read_id_no(text: str) -> str | Reason:
    """An identity number (GB 11643), compact; empty stays empty; or why it is none."""
    if not text.strip():
        return ""
    try:
        return inputs.identity_number(text)
    except inputs.BadInput as bad:
        return Reason("applicant.id_no", bad.reason, bad.remedy)


def _materials(checked: Checked) -> tuple[Material, ...]:
    """What the item asks for, then whatever else was brought."""
    brought = dict(checked.asked.materials or {})
    wanted = checked.item.materials if checked.item and checked.kind == APPLY else ()
    listed = tuple(Material(m.name, m.required, brought.pop(m.name, False)) for m in wanted)
    person = checked.applicant.name
    more = {mask_text(name, person): received for name, received in brought.items()}
    return listed + tuple(Material(name, required=False, received=r) for name, r in more.items())


def _item_known(code: str, item: Item | None) -> Reason | None:
    if not code or item is not None:
        return None
    return Reason(
        "item",
        msgid("没有代码为“%(code)s”的事项"),
        msgid("请从事项目录里选，或不填事项，只写标题"),
        {"code": code},
    )


def _title_given(title: str) -> Reason | None:
    if title:
        return None
    return Reason("title", msgid("没有填写事项，也没有写标题"), msgid("两项里填一项"))


def _one_of(field: str, code: str, choices: tuple[Choice, ...]) -> Reason | None:
    if any(choice.code == code for choice in choices):
        return None
    listed = "、".join(f"{choice.code} {choice.name}" for choice in choices)
    return Reason(
        field,
        msgid("“%(code)s”不在可选范围内"),
        msgid("请从这些里选：%(choices)s"),
        {"code": code, "choices": listed},
    )


def _no_community(code: str) -> Reason:
    return Reason(
        "community",
        msgid("没有代码为“%(code)s”的社区"),
        msgid("请填写 12 位社区代码"),
        {"code": code},
    )
