"""What the officers' pages of slots share: labels of fields, a time in words, refusals."""

from typing import Any

from services.intake.pages_common import refuse
from services.intake.reason import Conflict, Invalid
from services.intake.slots import present
from services.intake.slots.actions import runtime
from services.intake.slots.slot import Slot
from shared.web.forms import Form
from shared.web.i18n import gettext, msgid

LABELS = {
    "slot": msgid("时间"),
    "item": msgid("事项"),
    "matter": msgid("别的事"),
    "name": msgid("姓名"),
    "phone": msgid("手机号"),
    "address": msgid("上门地址"),
    "group": msgid("先照顾的人"),
    "reason": msgid("原因"),
    "kind": msgid("哪一种"),
    "place": msgid("地点"),
    "day": msgid("日期"),
    "opens": msgid("从"),
    "closes": msgid("到"),
    "starts": msgid("从"),
    "ends": msgid("到"),
    "capacity": msgid("名额"),
    "departments": msgid("随队部门"),
    "remarks": msgid("提醒居民"),
}


def slot_label(slot: Slot) -> str:
    """A time in one line: from when to when, of which kind, how many are left."""
    kind = present.kind_words(runtime().district, slot.kind)
    return gettext(
        "%(clock)s %(kind)s，余 %(left)s",
        clock=present.clock_words(slot),
        kind=kind,
        left=slot.left,
    )


def tried(form: Form, work: Any) -> Any:
    """What the command gives; None when it was refused, and the form says why."""
    try:
        return work()
    except (Conflict, Invalid) as rejected:
        refuse(form, rejected, LABELS)
        return None


def labels() -> dict[str, str]:
    """What the fields are called, in the reader's language."""
    return {name: gettext(label) for name, label in LABELS.items()}
