"""The words people read for states, channels, audiences and outcomes."""

from services.notify import message as m
from shared.web.i18n import gettext, msgid

STATES = {
    m.QUEUED: msgid("待发送"),
    m.SENDING: msgid("发送中"),
    m.DELIVERED: msgid("已送达"),
    m.FAILED: msgid("未送达"),
    m.CANCELLED: msgid("已取消"),
}
LAMPS = {
    m.QUEUED: "none",
    m.SENDING: "ok",
    m.DELIVERED: "done",
    m.FAILED: "late",
    m.CANCELLED: "none",
}
CHANNELS = {
    m.SMS: msgid("短信"),
    m.WECOM: msgid("企业微信"),
    m.SMTP: msgid("电子邮件"),
    m.INBOX: msgid("站内消息"),
}
AUDIENCES = {
    m.RESIDENT: msgid("居民"),
    m.OWNER: msgid("首问责任人"),
    m.DEPARTMENT: msgid("职能部门"),
    m.SUPERVISOR: msgid("区级督办"),
    m.DUTY: msgid("督办值班"),
}
OUTCOMES = {
    m.DELIVERED: msgid("送达"),
    m.TEMPORARY: msgid("没发成，稍后再试"),
    m.PERMANENT: msgid("此渠道发不了"),
    m.INTERRUPTED: msgid("发送中断，重新排队"),
}
EVENTS = {
    "case.accepted": msgid("已受理"),
    "case.notice_given": msgid("一次性告知"),
    "case.materials_received": msgid("收到补正材料"),
    "case.moved_to_back_office": msgid("转后台"),
    "case.transferred": msgid("转办"),
    "case.resolved": msgid("有了结果"),
    "case.reopened": msgid("反映未解决"),
    "case.closed": msgid("办结"),
    "case.rated": msgid("评价不满意"),
    "case.withdrawn": msgid("撤回"),
    "case.refused": msgid("不予办理"),
    "case.promised": msgid("容缺受理"),
    "case.published": msgid("公示"),
    "case.publication_ended": msgid("公示期满"),
    "case.handed_over": msgid("首问责任人移交"),
    "order.dispatched": msgid("派单"),
    "order.signed": msgid("部门签收"),
    "order.contacted": msgid("部门联系居民"),
    "order.extended": msgid("延期"),
    "order.late": msgid("超期"),
    "order.due_soon": msgid("将到期"),
    "order.paused": msgid("中止计时"),
    "order.resumed": msgid("恢复计时"),
    "order.arbitration_opened": msgid("提请裁定"),
    "order.pressed": msgid("督办"),
    "order.escalated": msgid("提级督办"),
    "order.on_site_called": msgid("请负责人到现场"),
    "appointment.booked": msgid("预约"),
    "appointment.moved": msgid("改约"),
    "appointment.cancelled": msgid("取消预约"),
    "appointment.moved_up": msgid("候补递补"),
    "appointment.reminder": msgid("预约提醒"),
    "need.accepted": msgid("合伙人接单"),
    "need.fulfilled": msgid("合伙人完成服务"),
}
"""What a step is called where texts are listed."""


def choices(words: dict[str, str]) -> list[tuple[str, str]]:
    """For a select: (value, words in the reader's language)."""
    return [(value, gettext(text)) for value, text in words.items()]
