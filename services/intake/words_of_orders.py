"""The sentences of a case's timeline about its work orders, in Chinese and English."""

ORDERS: dict[str, tuple[str, str]] = {
    "order.proposed": (
        "正在确认由哪个部门办理，推荐：{departments}",
        "Choosing the department; suggested: {departments}",
    ),
    "order.dispatched": (
        "工单已派给{department_name}，请于 {due_by} 前办结",
        "Work order sent to {department_name}, due {due_by}",
    ),
    "order.signed": ("{department_name}已签收{note}", "{department_name} signed for it{note}"),
    "order.contacted": (
        "{department_name}已联系居民{note}",
        "{department_name} spoke with the resident{note}",
    ),
    "order.progressed": ("{department_name}办理进展{note}", "{department_name}: progress{note}"),
    "order.return_requested": (
        "{department_name}申请退单{reason}（依据：{legal_ground}）",
        "{department_name} asks to return it{reason} (ground: {legal_ground})",
    ),
    "order.returned": (
        "{department_name}退单成立，另行派单{note}",
        "Returned by {department_name}; another department will be found{note}",
    ),
    "order.return_refused": (
        "{department_name}退单未获同意，继续办理{note}",
        "Return refused; {department_name} goes on{note}",
    ),
    "order.extension_requested": (
        "{department_name}申请延期{note}",
        "{department_name} asks for more time{note}",
    ),
    "order.extended": ("同意延期至 {due_by}{note}", "Deadline moved to {due_by}{note}"),
    "order.extension_refused": ("不同意延期{note}", "Extension refused{note}"),
    "order.completed": ("{department_name}答复：{result}", "{department_name} replied: {result}"),
    "order.reopened": (
        "{department_name}重新办理{note}",
        "{department_name} takes it up again{note}",
    ),
    "order.closed": (
        "{department_name}工单办结归档{note}",
        "Work order of {department_name} closed{note}",
    ),
    "order.cancelled": (
        "{department_name}工单取消{note}",
        "Work order of {department_name} cancelled{note}",
    ),
    "order.late": (
        "{department_name}超过{clock}时限，已提级",
        "{department_name} passed the {clock} deadline; raised a level",
    ),
    "order.pressed": ("督办{department_name}{note}", "{department_name} was pressed{note}"),
    "order.paused": (
        "{department_name}中止计时：{reason_name}{until}{note}",
        "{department_name}: the clock stands still: {reason_name}{until}{note}",
    ),
    "order.resumed": (
        "{department_name}恢复计时，办结期限改为 {due_by}{note}",
        "{department_name}: the clock goes on, due {due_by}{note}",
    ),
    "order.assist_added": (
        "{department_name}主办，增加{assist_department_name}协办",
        "{department_name} leads; {assist_department_name} assists",
    ),
    "order.arbitration_opened": (
        "由哪个部门办有争议，提请{arbiter}裁定；裁定前由{department_name}负责",
        "Whose it is, is disputed; {arbiter} decides. Until then {department_name} is answerable",
    ),
    "order.escalated": (
        "{department_name}{why}，提级督办：{level_name}{note}",
        "{department_name}: raised ({why}) to {level_name}{note}",
    ),
    "order.on_site_called": (
        "请{department_name}{leader}到现场见人见事{note}",
        "The leader of {department_name} ({leader}) is called to the spot{note}",
    ),
    "order.followed_up": (
        "回访居民{solved}，评价“{grade}”",
        "The resident was asked{solved}; rated “{grade}”",
    ),
}
"""Fact about the order -> its sentence. A value that is empty leaves nothing behind."""

ASSISTS: dict[str, tuple[str, str]] = {
    "assist.dispatched": (
        "{department_name}协办，请于 {due_by} 前办完协办部分",
        "{department_name} assists, due {due_by}",
    ),
    "assist.completed": (
        "{department_name}已办完协办部分：{result}",
        "{department_name} has done its part: {result}",
    ),
    "assist.returned": (
        "{department_name}协办退单成立{note}",
        "{department_name} need not assist{note}",
    ),
    "assist.closed": (
        "{department_name}协办结束{note}",
        "{department_name} no longer assists{note}",
    ),
    "assist.cancelled": (
        "{department_name}协办取消{note}",
        "{department_name} need not assist any more{note}",
    ),
}
"""What is said otherwise of a department that assists; the rest is as of one that leads."""

WHYS = {
    "contact_late": ("逾期未联系居民", "no contact in time"),
    "finish_late": ("逾期未办结", "not finished in time"),
    "undispatched": ("待派单超时", "no department named in time"),
    "unsigned": ("逾期未签收", "not signed for in time"),
    "bounced": ("多次退单", "returned more than once"),
    "dissatisfied": ("居民不满意", "the resident is dissatisfied"),
    "repeated": ("重复反映", "the same matter again"),
    "arbitrated_late": ("逾期未裁定", "not ruled in time"),
    "difficult": ("疑难事项", "difficult"),
    "by_hand": ("督办", "by hand"),
}
"""Why routing presses, as its pack names the occasions."""
SOLVED = {"yes": ("：已解决", ": solved"), "no": ("：未解决", ": not solved")}
"""What the resident said when asked."""
