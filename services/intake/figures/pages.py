"""The page of figures, and the same as files."""

from collections.abc import Callable
from typing import Any

import flask
from werkzeug.wrappers import Response

from services.intake.archive.forms_search import read_query
from services.intake.figures import actions, present_export, present_labels, schemas
from services.intake.figures.actions import Told
from services.intake.figures.queries import (
    BY_CHANNEL,
    BY_COMMUNITY,
    BY_DAY,
    BY_ITEM,
    BY_MONTH,
    BY_WEEK,
    PERIODS,
)
from services.intake.pages_common import actor, lang, runtime
from shared.web.auth import requires
from shared.web.download import disposition
from shared.web.i18n import gettext, msgid
from shared.web.problem import plain

blueprint = flask.Blueprint("figures_pages", __name__)
BY = {
    BY_DAY: msgid("按日"),
    BY_WEEK: msgid("按周"),
    BY_MONTH: msgid("按月"),
    BY_COMMUNITY: msgid("按社区"),
    BY_ITEM: msgid("按事项"),
    BY_CHANNEL: msgid("按渠道"),
}
HEADS = {
    BY_DAY: msgid("日期"),
    BY_WEEK: msgid("周（从星期一起）"),
    BY_MONTH: msgid("月份"),
    BY_COMMUNITY: msgid("社区"),
    BY_ITEM: msgid("事项"),
    BY_CHANNEL: msgid("渠道"),
}
LABELS = {
    "first": msgid("从哪天"),
    "last": msgid("到哪天"),
    "community": msgid("社区"),
    "item": msgid("事项"),
    "channel": msgid("渠道"),
    "by": msgid("怎么分"),
}
AN_HOUR, A_DAY = 60, 1440


@blueprint.get("/figures")
@requires("figures.read")
def show() -> str | tuple[str, int]:
    """The figures of a period, as tables and bars."""
    form = read_query(schemas.FiguresIn())
    told = actions.figures(runtime(), form.data, actor())
    form.values = {**_period(told), "by": told.asked.by, **form.values}
    page = flask.render_template(
        "figures/figures.html",
        told=told,
        form=form,
        labels={name: gettext(label) for name, label in LABELS.items()},
        head=gettext(HEADS[told.asked.by]),
        label=label_of(told.asked.by),
        by=[(code, gettext(name)) for code, name in BY.items()],
        periods=told.asked.by in PERIODS,
        items=present_labels.item_options(),
        channels=present_labels.channel_options(),
        communities=present_labels.community_options() if actor().community is None else [],
        percent=percent,
        spell=spell,
        median=median_words,
        grades=grade_names(),
        query=flask.request.query_string.decode(),
    )
    return page if form.ok else (page, 422)


def _period(told: Told) -> dict[str, str]:
    return {"first": told.asked.first.isoformat(), "last": told.asked.last.isoformat()}


@blueprint.get("/figures/export.<kind>")
@requires("figures.read")
def download(kind: str) -> Response:
    """The same figures as a spreadsheet or comma-separated."""
    form = read_query(schemas.FiguresIn())
    if kind not in ("xlsx", "csv") or not form.ok:
        raise plain(404 if form.ok else 422)
    told = actions.figures(runtime(), form.data, actor())
    by = told.asked.by
    rows = present_export.table(told, gettext(HEADS[by]), label_of(by))
    name = f"{gettext('办件数据')}-{told.asked.first}-{told.asked.last}"
    return _file(kind, rows, name)


def _file(kind: str, rows: list[tuple[present_export.Cell, ...]], name: str) -> Response:
    if kind == "csv":
        given = flask.Response(present_export.csv_file(rows), mimetype="text/csv")
    else:
        given = flask.Response(
            present_export.xlsx_file(rows, gettext("办件数据")), mimetype=present_export.XLSX
        )
    given.headers["Content-Disposition"] = disposition("attachment", f"{name}.{kind}")
    return given


def label_of(by: str) -> Callable[[str], str]:
    """How the lines are named."""
    named: dict[str, Callable[[str], str]] = {
        BY_COMMUNITY: present_labels.community_label,
        BY_ITEM: present_labels.item_label,
        BY_CHANNEL: present_labels.channel_label,
        BY_MONTH: lambda code: code[:7],
    }
    return named.get(by, lambda code: code)


def grade_names() -> list[str]:
    """The five grades, from the worst."""
    grades = sorted(runtime().district.rules.grades, key=lambda grade: grade.score)
    return [grade.name_en if lang() == "en" else grade.name for grade in grades]


def percent(share: float | None) -> str:
    """A share in words."""
    return "—" if share is None else f"{share * 100:.1f}%"


def spell(minutes: Any) -> str:
    """Minutes as people say them."""
    if minutes is None:
        return "—"
    if minutes < AN_HOUR:
        return gettext("%(n)s 分钟", n=round(minutes, 1))
    if minutes < A_DAY:
        return gettext("%(n)s 小时", n=round(minutes / AN_HOUR, 1))
    return gettext("%(n)s 天", n=round(minutes / A_DAY, 1))


def median_words(line: Any) -> str:
    """Where the median lies, as exactly as it is known."""
    if line.median_above_minutes is None:
        return "—"
    if line.median_upto_minutes is None:
        return gettext("一年以上")
    if line.median_upto_minutes - line.median_above_minutes == 1 or line.median_above_minutes < 0:
        return gettext("不超过 %(upto)s", upto=spell(line.median_upto_minutes))
    above, upto = spell(line.median_above_minutes), spell(line.median_upto_minutes)
    return gettext("%(above)s到 %(upto)s", above=above, upto=upto)
