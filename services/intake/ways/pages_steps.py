"""The steps of a matter, continued: ways, promises, refusal, public notice, hand-over."""

from collections.abc import Mapping
from typing import Any

from services.intake.case import Case
from services.intake.desk.pack import desk_of
from services.intake.desk.pages_step import SHORT, Step, names, needed, text
from services.intake.pages_common import lang, runtime
from services.intake.staff import colleagues
from services.intake.ways import handlers
from shared.clock import now
from shared.web.i18n import msgid

STEPS: tuple[Step, ...] = (
    Step(
        "promise",
        "a",
        msgid("容缺受理"),
        msgid("容缺受理：居民书面承诺，次要材料后补"),
        msgid("记下承诺，先受理"),
        msgid("已先受理。请让居民在承诺书上签字。"),
        lambda tx, number, officer, data: handlers.give_promise(
            tx, number, officer, data["materials"], data["reason"]
        ),
        {"materials": names(1, required=True), "reason": needed(500)},
        {"materials": msgid("承诺后补的材料"), "reason": msgid("为什么现在没有")},
        paper="promise",
    ),
    Step(
        "way",
        "y",
        msgid("办理方式"),
        msgid("定下办理方式"),
        msgid("就这样办"),
        msgid("办理方式已定。"),
        lambda tx, number, officer, data: handlers.set_way(tx, number, officer, data["way"]),
        {"way": needed(20)},
        {"way": msgid("办理方式")},
    ),
    Step(
        "publish",
        "u",
        msgid("公示"),
        msgid("张贴公示"),
        msgid("开始公示"),
        msgid("公示已开始，期满后自动回到原来的经办人。请打印张贴。"),
        lambda tx, number, officer, data: handlers.publish_case(tx, number, officer, data["place"]),
        {"place": text(60)},
        {"place": msgid("张贴在哪里")},
        paper="publish",
    ),
    Step(
        "objection",
        "z",
        msgid("记录异议"),
        msgid("有人对公示提出异议"),
        msgid("记下异议"),
        msgid("异议已记下。"),
        lambda tx, number, officer, data: handlers.record_objection(
            tx, number, officer, data["objection"]
        ),
        {"objection": needed(SHORT)},
        {"objection": msgid("异议内容")},
        asks="case.publish",
    ),
    Step(
        "refuse",
        "x",
        msgid("不予办理"),
        msgid("作出不予办理决定"),
        msgid("出具决定书，告诉居民"),
        msgid("决定书已出具。请打印，交给居民，并说明复议和诉讼的权利。"),
        lambda tx, number, officer, data: handlers.refuse_case(
            tx, number, officer, data["reason"], data["ground"]
        ),
        {"reason": needed(SHORT), "ground": text(300)},
        {"reason": msgid("为什么不能办"), "ground": msgid("依据哪条规定")},
        paper="refuse",
    ),
    Step(
        "hand-over",
        "0",
        msgid("移交责任人"),
        msgid("移交首问责任人"),
        msgid("移交，通知双方和居民"),
        msgid("已移交，新的责任人从现在起负责到底。"),
        lambda tx, number, officer, data: handlers.hand_over_case(
            tx, number, officer, data["to"], data["reason"]
        ),
        {"to": needed(60), "reason": needed(SHORT)},
        {"to": msgid("交给谁"), "reason": msgid("为什么移交")},
    ),
)


def ways(_case: Case) -> Mapping[str, Any]:
    """The pack's ways, with what each means."""
    known = desk_of(runtime().district).ways
    if lang() == "en":
        return {"ways": [(way.code, way.name_en) for way in known]}
    return {"ways": [(way.code, way.name, way.note) for way in known]}


def minor(case: Case) -> Mapping[str, Any]:
    """What may be promised: missing and minor; and until when."""
    district = runtime().district
    desk = desk_of(district)
    offered = [(name, name) for name in case.missing if desk.promise.minor(name)]
    return {
        "minor": offered,
        "main": [name for name in case.missing if not desk.promise.minor(name)],
        "promise_by": desk.promise_by(now(), district),
    }


def notice(_case: Case) -> Mapping[str, Any]:
    """Until when a notice put up now would stand, and where."""
    district = runtime().district
    desk = desk_of(district)
    found = desk.public_notice
    place = found.place_en if lang() == "en" else found.place
    return {"until": desk.notice_until(now(), district), "place": place, "days": found.days}


def remedies(_case: Case) -> Mapping[str, Any]:
    """What the applicant may do against it (A38)."""
    return {"remedies": desk_of(runtime().district).remedies}


def others(case: Case) -> Mapping[str, Any]:
    """Who else of this community could answer for it."""
    with runtime().database.read() as connection:
        known = colleagues.of_community(connection, case.community)
    return {"officers": [(o.username, o.name) for o in known if o.username != case.owner.username]}


__all__ = ["STEPS", "minor", "notice", "others", "remedies", "ways"]
