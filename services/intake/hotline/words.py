"""What fields and states are called on pages and in files, and reasons in the reader's language."""

from services.intake.hotline import handlers, import_timers, store_results
from services.intake.problems import field_error
from services.intake.reason import Reason
from shared.web.i18n import gettext, msgid

FIELDS = {
    "number": msgid("工单编号"),
    "received_at": msgid("受理时间"),
    "name": msgid("来电人"),
    "phone": msgid("联系电话"),
    "id_no": msgid("身份证号"),
    "community": msgid("所属社区"),
    "street": msgid("所属街道"),
    "address": msgid("地址"),
    "kind": msgid("诉求类型"),
    "title": msgid("工单标题"),
    "content": msgid("诉求内容"),
    "urgency": msgid("紧急程度"),
    "deadline": msgid("办理时限"),
    "return_requested": msgid("是否要求回访"),
    "secret": msgid("是否保密"),
    "row": msgid("整行"),
}
"""The fields of an order, for reasons; `applicant.phone` and the like are the desk's names."""
IMPORTS = {
    import_timers.READING: msgid("正在读取"),
    import_timers.WORKING: msgid("正在导入"),
    import_timers.DONE: msgid("导入完成"),
}
BECAME = {
    handlers.ACCEPTED: msgid("已受理"),
    handlers.KNOWN: msgid("以前收过"),
    handlers.BAD: msgid("没有收"),
}
FOUND = (store_results.NEW, store_results.REPEATED, store_results.CHANGED, store_results.UNKNOWN)


def told(reason: Reason) -> dict[str, str]:
    """A reason for people: the field by its name, what is wrong, what to do."""
    error = field_error(reason).told()
    name = reason.field.removeprefix("applicant.")
    return {
        "field": gettext(FIELDS[name]) if name in FIELDS else name,
        "reason": error["reason"],
        "remedy": error["remedy"],
    }
