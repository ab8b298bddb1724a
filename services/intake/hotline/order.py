"""A 12345 order 热线工单: read from its fields, or every reason why it cannot be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.acceptance import Acceptance, read_id_no, read_phone
from services.intake.case import Actor, Officer
from services.intake.hotline import cells
from services.intake.hotline.pack import Hotline
from services.intake.hotline.placing import place
from services.intake.reason import Reason, msgid
from shared.clock import local
from shared.district import District
from shared.mask import mask_text

CHANNEL = "hotline"
TAKEN_IN = Actor("", "@hotline", "system")
"""Nobody of the community received it: the hotline did."""
LONGEST = {
    "number": 60,
    "name": 60,
    "phone": 40,
    "id_no": 40,
    "community": 60,
    "street": 60,
    "address": 300,
    "kind": 60,
    "title": 200,
    "content": 3500,
    "urgency": 60,
}
"""Characters of each text; a case's own bounds, and of `content` what leaves room for our words."""
NOT_A_CERTIFICATE = "12345 热线工单，由社区答复"
"""A hotline's order has to be answered, also one that asks for what is not issued here."""
_END = "】\n"
"""Between our words and the caller's."""


@dataclass(frozen=True)
class Order:
    """One order of the hotline. `kind` and `urgency` are codes of the pack; times are aware."""

    number: str
    community: str
    name: str
    phone: str
    id_no: str
    address: str
    kind: str
    title: str
    content: str
    urgency: str
    received_at: datetime | None
    deadline: datetime | None
    return_requested: bool
    secret: bool


def number_of(given: Mapping[str, Any]) -> str:
    """The hotline's number, by which the same order is known again; empty where it has none."""
    found = cells.text("number", given.get("number"), LONGEST["number"])
    return "" if isinstance(found, Reason) else found


def read(given: Mapping[str, Any], hotline: Hotline, district: District) -> Order | list[Reason]:
    """The order, or every reason why its fields make none, each naming its field."""
    found: dict[str, Any] = {
        name: cells.text(name, given.get(name), most) for name, most in LONGEST.items()
    }
    for name in ("received_at", "deadline"):
        cell = given.get(name)
        last = name == "deadline"
        found[name] = None if empty(cell) else cells.moment(name, cell, hotline, ends=last)
    for name in ("return_requested", "secret"):
        found[name] = cells.flag(name, given.get(name), hotline)
    _look_up(found, hotline, district)
    wrong = [one for one in found.values() if isinstance(one, Reason)]
    if wrong:
        return wrong
    found.pop("street")
    return Order(**found)


def acceptance(order: Order, owner: Officer, district: District) -> Acceptance:
    """What is accepted: a demand in the resident's words, its first responder named (B14)."""
    return Acceptance(
        actor=TAKEN_IN,
        owner=owner,
        community=order.community,
        applicant_name=order.name,
        phone=order.phone,
        id_no=order.id_no,
        title=order.title or _title(order, district),
        description=_description(order),
        kind=order.kind,
        channel=CHANNEL,
        urgency=order.urgency,
        location=order.address,
        not_a_certificate=NOT_A_CERTIFICATE,
    )


def _look_up(found: dict[str, Any], hotline: Hotline, district: District) -> None:
    """Replace what people wrote by what it stands for, or by why it stands for nothing."""
    found["number"] = _given(found["number"], "number")
    found["content"] = _given(found["content"], "content")
    found["name"] = found["name"] or hotline.unnamed
    found["phone"] = _phone(found["phone"])
    if not isinstance(found["id_no"], Reason):
        found["id_no"] = _of_field(read_id_no(found["id_no"]), "id_no")
    found["kind"] = _coded(found["kind"], "kind", hotline.kinds, hotline.default_kind)
    found["urgency"] = _coded(
        found["urgency"], "urgency", hotline.urgencies, hotline.default_urgency
    )
    community, street, address = (found[name] for name in ("community", "street", "address"))
    if not any(isinstance(one, Reason) for one in (community, street, address)):
        found["community"] = place(community, street, address, district)


def _given(said: str | Reason, field: str) -> str | Reason:
    if said:
        return said
    remedy = msgid("请填写；单元格里是公式的，先另存为数值")
    return Reason(field, msgid("没有填写"), remedy)


def _phone(said: str | Reason) -> str | Reason:
    said = _given(said, "phone")
    return said if isinstance(said, Reason) else _of_field(read_phone(said), "phone")


def _of_field(read_as: str | Reason, field: str) -> str | Reason:
    """The desk's reason under the name the hotline has for the field."""
    if isinstance(read_as, Reason):
        return Reason(field, read_as.text, read_as.remedy, read_as.values)
    return read_as


def _coded(said: str | Reason, field: str, known: Mapping[str, str], default: str) -> str | Reason:
    if isinstance(said, Reason):
        return said
    if not said:
        return default
    if said in known:
        return known[said]
    listed = "、".join(word for word in known if not word.isascii())
    values = {"code": mask_text(said), "choices": listed}
    return Reason(
        field, msgid("“%(code)s”不在可选范围内"), msgid("请从这些里选：%(choices)s"), values
    )


def _title(order: Order, district: District) -> str:
    """Never the first words of the content: titles stand in clear, and people write names."""
    kind = next(one.name for one in district.rules.kinds if one.code == order.kind)
    return f"12345 工单（{kind}）"


def _description(order: Order) -> str:
    """What the caller said, and before it what whoever handles it must know of the order."""
    notes = [f"12345 工单 {order.number}"]
    if order.received_at is not None:
        notes.append(f"来电时间 {spoken(order.received_at)}")
    if order.deadline is not None:
        notes.append(f"12345 要求办结时间 {spoken(order.deadline)}")
    if order.return_requested:
        notes.append("来电人要求回访")
    if order.secret:
        notes.append("来电人要求保密，请勿向被反映人透露")
    return f"【{'；'.join(notes)}{_END}{order.content}"


def content_of(description: str) -> str:
    """What the caller said, of a case's description as it was made here."""
    return description.partition(_END)[2]


def spoken(moment: datetime) -> str:
    """A moment for people, in the district's zone."""
    return f"{local(moment):%Y-%m-%d %H:%M}"


def empty(cell: Any) -> bool:
    """Nothing was written there."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
