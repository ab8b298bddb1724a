"""What the pages of the ledger and the catalogue show: words, names and choices, looked up once."""

from collections.abc import Mapping
from typing import Any

import flask
import sqlalchemy as sa

from services.intake.grids.territory import territory_of
from services.intake.ledger import item_form, present, proposal, store, store_catalogue
from services.intake.ledger.demand import STATES
from services.intake.ledger.pack import ledger_of
from services.intake.ledger.period import months_back
from services.intake.ledger.queries import Entry
from services.intake.pages_common import named, runtime, state_word
from shared.clock import local, now
from shared.mask import mask_text
from shared.web.i18n import ENGLISH, gettext, language, msgid

Options = list[tuple[str, str]]
MONTHS = 24
LINES: Mapping[str, str] = {
    "record": msgid("记下"),
    "answer": msgid("答复"),
    "watch": msgid("持续关注"),
    "to-case": msgid("转为办件"),
    "link": msgid("关联"),
    "propose": msgid("作为目录调整的依据"),
    "adopt": msgid("建议被采纳，目录已调整"),
    "turn-down": msgid("建议没有采纳"),
    "finish": msgid("已落实"),
}
FIELDS: Mapping[str, str] = {
    "name": msgid("事项名称"),
    "name_en": msgid("英文名称"),
    "class": msgid("类别"),
    "domain": msgid("领域"),
    "handled_at": msgid("在哪里办"),
    "department": msgid("业务部门"),
    "parent": msgid("所属职责"),
    "keywords": msgid("居民的叫法"),
    "materials": msgid("申报材料"),
    "procedure": msgid("办理流程"),
    "limit_value": msgid("时限"),
    "limit_unit": msgid("时限单位"),
    "limit_kind": msgid("时限的依据"),
    "time_limit": msgid("时限说明"),
    "fee": msgid("收费"),
    "legal_basis": msgid("依据"),
    "notes": msgid("备注"),
}
CLASSES: Mapping[str, str] = {
    "guide": msgid("办事指引"),
    "extra": msgid("补充事项"),
    "assist": msgid("协助职责"),
    "statutory": msgid("法定职责"),
}
PLACES: Mapping[str, str] = {
    "desk": msgid("窗口当场办"),
    "back_office": msgid("后台办"),
    "department": msgid("部门办"),
}
UNITS: Mapping[str, str] = {
    "immediate": msgid("当场"),
    "workday": msgid("工作日"),
    "day": msgid("日"),
    "month": msgid("个月"),
}
KINDS: Mapping[str, str] = {
    "local_to_set": msgid("须本区设定"),
    "confirmed": msgid("本区已确认"),
    "law": msgid("法定"),
    "national_gk": msgid("全国性文件"),
    "law_applicant": msgid("申请人自己的期限"),
    "published_elsewhere": msgid("外地样例"),
    "hotline_rule": msgid("热线规定"),
    "none": msgid("无"),
}
_OF_FIELDS: Mapping[str, Mapping[str, str]] = {
    "class": CLASSES,
    "handled_at": PLACES,
    "limit_unit": UNITS,
    "limit_kind": KINDS,
}


def options(words: Mapping[str, str]) -> Options:
    """Choices of a list of words."""
    return [(code, gettext(text)) for code, text in words.items()]


def theme_options() -> Options:
    """The pack's themes."""
    return [(one.code, named(one)) for one in ledger_of(runtime().district).themes]


def theme_name(code: str) -> str:
    """What a theme is called."""
    found = ledger_of(runtime().district).theme(code)
    return named(found) if found else code


def community_options() -> Options:
    """Every community."""
    return [(one.code, one.name) for one in runtime().district.communities.values()]


def community_name(code: str) -> str:
    """A community's short name."""
    known = runtime().district.communities.get(code)
    return known.short_name if known else code


def department_options() -> Options:
    """Every department."""
    return [(one.code, named(one)) for one in runtime().district.departments.values()]


def item_label(code: str) -> str:
    """What an item is called now; a withdrawn one as it was called last."""
    found = store_catalogue.items_now(runtime()).get(code)
    if found is None and code:
        with runtime().database.read() as connection:
            found = store_catalogue.item_before(connection, runtime().district, code)
    return named(found) or code


def kept_name(item: Mapping[str, Any]) -> str:
    """What an item of a proposal or a version is called."""
    in_english: str = item.get("name_en", "") if english() else ""
    name: str = item["name"]
    return in_english or name


def months() -> Options:
    """This month and those before it."""
    today = local(now()).date()
    days = [months_back(today, back) for back in range(MONTHS)]
    words = gettext("%(year)s年%(month)s月")
    return [(f"{d:%Y-%m}", words % {"year": d.year, "month": d.month}) for d in days]


def state_label(state: str) -> str:
    """A demand's state."""
    return gettext(STATES[state])


def ledger_name() -> str:
    """What the district calls its ledger."""
    return named(ledger_of(runtime().district))


def grid_label(code: str) -> str:
    """What a grid is called."""
    grid = territory_of(runtime().district).grid(code)
    return grid.name if grid else code


def differences(before: Any, after: Any) -> list[tuple[str, str, str]]:
    """Field, as it was and as it is, in words."""
    return [
        (gettext(FIELDS[name]), _worded(name, old), _worded(name, new))
        for name, old, new in item_form.differences(before, after)
    ]


def _worded(name: str, value: str) -> str:
    if name == "department":
        return named(runtime().district.departments.get(value))
    words = _OF_FIELDS.get(name, {})
    return gettext(words[value]) if value in words else value


def lines(connection: sa.Connection, chosen: Entry | None, *, whole: bool) -> list[dict[str, Any]]:
    """The history of the chosen one, for the timeline."""
    if chosen is None:
        return []
    name = chosen.demand.name
    return [
        {
            "at": line.at,
            "who": line.who,
            "what": gettext(LINES.get(line.action, line.action)),
            "note": line.note if whole else mask_text(line.note, name),
        }
        for line in store.lines(connection, chosen.demand.number)
    ]


def change_label(change: str) -> str:
    """What a proposal or version does."""
    return gettext(proposal.CHANGES[change])


def proposal_state(state: str) -> str:
    """A proposal's state."""
    return gettext(proposal.STATES[state])


def english() -> bool:
    """Whether the reader reads English."""
    return language() == ENGLISH


def install(app: flask.Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.globals.update(
        ledger_name=ledger_name,
        theme_name=theme_name,
        demand_state=state_label,
        demand_words=present.words_of,
        demand_case_state=state_word,
        ledger_community=community_name,
        ledger_item=item_label,
        kept_name=kept_name,
        ledger_grid=grid_label,
        item_differences=differences,
        change_label=change_label,
        proposal_state=proposal_state,
        mask_said=mask_text,
    )
