"""Papers 文书, continued: the written promise (A24), the refusal (A38), the public notice.

Made of what is masked already, as `papers` are: a public notice shows nobody's telephone or number.
"""

from services.intake.case import Case
from services.intake.desk.pack_values import Remedies
from services.intake.pages_common import full_day
from services.intake.papers.papers import Block, Paper
from services.intake.papers.remedies import remedy_words
from shared.web.i18n import gettext


def promise(case: Case) -> Paper:
    """The promise 容缺受理承诺书: what, by when, and what follows if it does not come (A24)."""
    given = case.promise
    if given is None:
        raise ValueError(f"{case.number}: no promise to print")
    facts = (
        (gettext("承诺人"), case.applicant.name),
        (gettext("事项"), case.title),
        (gettext("补交期限"), full_day(given.due)),
        (gettext("原因"), given.reason),
    )
    return Paper(
        gettext("容缺受理承诺书"),
        case.community_name,
        gettext("办件编号"),
        case.number,
        (
            Block(facts=facts),
            Block(gettext("承诺补交的材料"), names=given.materials, numbered=True),
            Block(text=gettext("本人承诺在上述期限前交来；到期没有交来，同意按撤回申请处理。")),
        ),
        (gettext("承诺人（签字）："),),
        (full_day(given.at),),
    )


def refused(case: Case, remedies: Remedies) -> Paper:
    """The decision 不予办理决定书: reasons, ground and remedies (A38)."""
    given = case.refused
    if given is None:
        raise ValueError(f"{case.number}: no refusal to print")
    facts = ((gettext("申请人"), case.applicant.name), (gettext("事项"), case.title))
    ground = (Block(gettext("依据"), given.ground),) if given.ground else ()
    return Paper(
        gettext("不予办理决定书"),
        case.community_name,
        gettext("办件编号"),
        case.number,
        (
            Block(facts=facts),
            Block(gettext("理由"), given.reason),
            *ground,
            Block(gettext("您的权利"), remedy_words(remedies), strong=True),
        ),
        (gettext("经办人：%(name)s", name=given.by), full_day(given.at)),
        (gettext("（社区盖章）"),),
    )


def publication(case: Case) -> Paper:
    """The public notice 公示: who, masked, for what, until when, and how to object."""
    notice = case.publication
    if notice is None:
        raise ValueError(f"{case.number}: no public notice to print")
    facts = (
        (gettext("申请人"), case.applicant.name),
        (gettext("事项"), case.item.name if case.item else case.title),
        (gettext("公示期"), f"{full_day(notice.at)} — {full_day(notice.until)}"),
    )
    return Paper(
        gettext("公示"),
        case.community_name,
        gettext("办件编号"),
        case.number,
        (
            Block(facts=facts),
            Block(text=gettext("有异议的，请在公示期内到社区反映，我们会核实，并为您保密。")),
        ),
        (case.community_name,),
        (full_day(notice.at),),
    )
