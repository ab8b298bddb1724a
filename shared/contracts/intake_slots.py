"""What intake says of appointments 预约: booked, moved, cancelled, moved up from the line, near."""

from marshmallow import fields, validate

from shared.contracts.contract import Contract, ContractSchema
from shared.contracts.fields import Community, Person, identifier, moment, nested, text

MOST_MATERIALS = 60
"""The longest list of the catalogue has a third of that."""
APPOINTMENT = "YY-261123-0042-59"


class AppointmentFact(ContractSchema):
    """What every fact about an appointment carries; what to bring is listed whole, every time."""

    number = identifier()
    title = text(200, required=True)
    community = nested(Community, required=True)
    applicant = nested(Person, required=True)
    state = text(20, required=True)
    language = fields.String(load_default="zh", validate=validate.OneOf(["zh", "en"]))
    kind = text(20, required=True)
    kind_name = text(40, required=True)
    place = text(100, required=True)
    starts_at = moment(required=True)
    ends_at = moment(required=True)
    materials = fields.List(
        text(200, required=True),
        load_default=list,
        validate=validate.Length(max=MOST_MATERIALS),
    )


class AppointmentMoved(AppointmentFact):
    """To another time."""

    was_at = moment(required=True)


class AppointmentCancelled(AppointmentFact):
    """Given back by the resident, or taken back by the community with its reason."""

    by_community = fields.Boolean(required=True)
    reason = text(200, load_default="")


class AppointmentForgotten(ContractSchema):
    """Kept long enough: who it was is forgotten in every copy (PIPL 47)."""

    number = identifier()
    erased_at = moment(required=True)


FACT = {
    "number": APPOINTMENT,
    "title": "高龄津贴申请",
    "community": {"code": "340603002001", "name": "供电社区"},
    "applicant": {"name": "张**", "phone": "138****0000", "masked": True},
    "state": "booked",
    "language": "zh",
    "kind": "desk",
    "kind_name": "窗口预约",
    "place": "供电社区 社区百通岗",
    "starts_at": "2026-11-24T09:30:00+08:00",
    "ends_at": "2026-11-24T10:00:00+08:00",
    "materials": ["居民身份证", "户口簿"],
}

booked = Contract(
    "appointment.booked",
    1,
    "intake",
    ("notify",),
    AppointmentFact,
    FACT | {"applicant": {"name": "张桂兰", "phone": "13805610000"}},
    "Somebody booked a time, or is in line for it (state: waiting).",
)
moved = Contract(
    "appointment.moved",
    1,
    "intake",
    ("notify",),
    AppointmentMoved,
    FACT | {"was_at": "2026-11-23T09:30:00+08:00"},
    "An appointment was moved to another time.",
)
cancelled = Contract(
    "appointment.cancelled",
    1,
    "intake",
    ("notify",),
    AppointmentCancelled,
    FACT | {"state": "cancelled", "by_community": True, "reason": "当天停电检修"},
    "An appointment was cancelled, by the resident or by the community.",
)
moved_up = Contract(
    "appointment.moved_up",
    1,
    "intake",
    ("notify",),
    AppointmentFact,
    FACT,
    "A place became free: who waited for it has it now.",
)
reminder = Contract(
    "appointment.reminder",
    1,
    "intake",
    ("notify",),
    AppointmentFact,
    FACT,
    "The day before: when, where, and exactly what to bring.",
)
forgotten = Contract(
    "appointment.forgotten",
    1,
    "intake",
    ("notify",),
    AppointmentForgotten,
    {"number": APPOINTMENT, "erased_at": "2027-05-24T01:00:00+08:00"},
    "Whose appointment it was is to be forgotten in every copy.",
)

CONTRACTS = (booked, moved, cancelled, moved_up, reminder, forgotten)
