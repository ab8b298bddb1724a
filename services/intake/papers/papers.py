"""What stands on the papers 文书 that go home with a resident; a page and a PDF show the same.

Each is made from what is masked already: who finds a paper learns nobody's whole name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.intake.case import Case
from services.intake.desk.pack import desk_of
from services.intake.pages_common import department_names, full_day, lang, runtime
from services.intake.papers.remedies import NOTICE, remedy_words
from services.intake.refusal import Refusal
from shared.mask import mask_phone
from shared.track_link import track_url
from shared.web.i18n import gettext


@dataclass(frozen=True)
class Block:
    """One part of a paper: a heading with words, facts, or names to tick off below it.

    Attributes:
        strong: what nobody may overlook.
        numbered: the names have an order.

    """

    heading: str = ""
    text: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    numbered: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Paper:
    """One paper. `link` is what its QR code opens, empty where there is nothing to follow."""

    title: str
    issuer: str
    number_label: str
    number: str
    blocks: tuple[Block, ...]
    left: tuple[str, ...]
    right: tuple[str, ...]
    link: str = ""


def receipt(case: Case) -> Paper:
    """The receipt 受理回执 (A36): number, what was brought, until when, and where to follow it."""
    facts = (
        (gettext("办事人"), f"{case.applicant.name}\u3000{mask_phone(case.applicant.phone)}"),
        (gettext("事由"), _matter(case)),
        (gettext("受理时间"), full_day(case.accepted_at, clock=True)),
        (gettext("办理时限"), _limit(case)),
        (gettext("首问责任人"), _owner(case)),
    )
    return Paper(
        gettext("受理回执"),
        _issuer(case.community_name),
        gettext("办件编号"),
        case.number,
        (
            Block(facts=facts),
            *_received(case),
            Block(gettext("怎么查进度"), _follow()),
            Block(text=gettext("首问责任人跟到办完为止；不管转到哪个部门，有事都找首问责任人。")),
        ),
        left=(gettext("经办人：%(name)s", name=case.owner.name),),
        right=(gettext("（社区盖章）"),),
        link=_link(case),
    )


def notice(case: Case) -> Paper:
    """The once-only notice 一次性告知书 (A36): all that is missing, and until when to bring it.

    Raises:
        LookupError: none was given.

    """
    given = case.notice
    if given is None:
        raise LookupError(f"notice: {case.number} has none; give it first")
    told = gettext(
        "%(name)s：您办的“%(title)s”，还需要补齐下面的材料。我们一次说全，补齐后不再要求别的。",
        name=case.applicant.name,
        title=case.title,
    )
    where = gettext(
        "请在 %(day)s 前送到%(community)s百通岗。",
        day=full_day(given.supplement_by),
        community=case.community_name,
    )
    late = gettext("到期没有补齐的，按撤回申请处理，会告诉您；材料备齐后随时可以重新申请。")
    return Paper(
        gettext("一次性告知书"),
        _issuer(case.community_name),
        gettext("办件编号"),
        case.number,
        (
            Block(text=told),
            Block(gettext("请补齐"), names=given.missing, numbered=True, strong=True),
            Block(text=where, strong=True),
            Block(text=late),
            *_procedure(case),
            Block(gettext("办理时限"), _limit_after(case)),
            Block(gettext("怎么查进度"), _follow()),
        ),
        left=(gettext("告知人：%(name)s", name=given.by), full_day(given.at)),
        right=(gettext("申请人签收："),),
        link=_link(case),
    )


def refusal(refused: Refusal) -> Paper:
    """The refusal of a certificate 不予办理告知单 (A38): why, where to go, and the remedies."""
    asked = gettext(
        "%(name)s：您在 %(day)s 申请“%(title)s”。",
        name=refused.applicant_name,
        day=full_day(refused.at),
        title=refused.title,
    )
    why = gettext(
        "“%(name)s”属于民政部等部门《关于改进和规范基层群众性自治组织出具证明工作的指导意见》"
        "（民发〔2020〕20号）规定社区不应出具的证明。",
        name=refused.name,
    )
    return Paper(
        gettext("不予办理告知单"),
        _issuer(refused.community_name),
        gettext("编号"),
        refused.number,
        (
            Block(text=asked),
            Block(gettext("为什么不能办"), why),
            Block(gettext("您可以这样办"), refused.redirect, strong=True),
            *_departments(refused.departments),
            Block(
                text=gettext(
                    "对方单位仍要求社区开具的，可以出示本告知单，或拨打 %(hotline)s 反映。",
                    hotline=runtime().district.phone,
                )
            ),
            Block(gettext("您的权利"), remedy_words(desk_of(runtime().district).remedies, NOTICE)),
        ),
        left=(gettext("经办人：%(name)s", name=refused.by_name), full_day(refused.at)),
        right=(gettext("（社区盖章）"),),
    )


def _matter(case: Case) -> str:
    if case.item and lang() == "en" and case.item.name_en:
        return case.item.name_en
    return case.title


def _limit(case: Case) -> str:
    if case.due_at:
        return gettext("%(due)s 前办结", due=full_day(case.due_at))
    return case.limit_en if lang() == "en" else case.limit_zh


def _limit_after(case: Case) -> str:
    limit = case.limit_en if lang() == "en" else case.limit_zh
    return gettext("材料补齐之日起：%(limit)s", limit=limit) if case.item else limit


def _owner(case: Case) -> str:
    return gettext("%(name)s（%(place)s）", name=case.owner.name, place=case.community_name)


def _received(case: Case) -> list[Block]:
    if not case.materials:
        return []
    here = tuple(material.name for material in case.materials if material.received)
    text = "" if here else gettext("今天没有交材料。")
    return [Block(gettext("收到的材料"), text, names=here)]


def _procedure(case: Case) -> list[Block]:
    if case.item is None or not case.item.procedure:
        return []
    return [Block(gettext("办理步骤"), names=case.item.procedure, numbered=True)]


def _departments(codes: Sequence[str]) -> list[Block]:
    names = department_names(codes)
    return [Block(text=gettext("主管部门：%(names)s", names=names))] if names else []


def _follow() -> str:
    return gettext(
        "手机扫右上角的二维码，或打开 %(address)s，输入办件编号和手机号后四位，不用登录。"
        "也可以拨打 %(hotline)s，或者到本社区百通岗问。",
        address=f"{runtime().settings.public_address}/track",
        hotline=runtime().district.phone,
    )


def _issuer(community: str) -> str:
    district = runtime().district
    return f"{district.name_en if lang() == 'en' else district.full_name} {community}"


def _link(case: Case) -> str:
    settings = runtime().settings
    return track_url(settings.public_address, case.number, settings.secret_key)
