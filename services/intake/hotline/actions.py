"""What API and pages of the hotline both do."""

from collections.abc import Mapping, Sequence
from typing import Any

import flask
from werkzeug.datastructures import FileStorage

from services.intake.api import actor_of
from services.intake.case import Actor
from services.intake.files.actions import plain_name
from services.intake.hotline import handlers, import_timers, sheet, store, store_results, workbook
from services.intake.hotline.handlers import Taken
from services.intake.hotline.order import number_of
from services.intake.hotline.pack import hotline_of
from services.intake.hotline.store import Wanted
from services.intake.hotline.store_results import Result, shown_at
from services.intake.hotline.words import told
from services.intake.models import hotline
from services.intake.reason import Invalid, Reason, msgid
from services.intake.views import reader_language
from services.intake.words import person, state_words
from shared.db import Transaction
from shared.green import in_thread
from shared.runtime import Runtime
from shared.uploads.inspect import MOST_BYTES
from shared.uploads.refused import FIELD
from shared.web.auth import User
from shared.web.i18n import gettext

MOST_BAD = 50_000
"""As many as a spreadsheet may have rows."""


def take_orders(runtime: Runtime, orders: Sequence[Mapping[str, Any]]) -> list[Taken]:
    """Take orders in by API; each is checked before it is written, so all go by one command."""

    def work(tx: Transaction) -> list[Taken]:
        tx.expect(hotline.orders, [n for one in orders if (n := number_of(one))])
        taken = [handlers.take_in(tx, one) for one in orders]
        accepted = sum(1 for one in taken if one.state == handlers.ACCEPTED)
        tx.record("hotline.import", "api", orders=len(orders), accepted=accepted)
        return taken

    return runtime.database.run(work)


def take_file(runtime: Runtime, user: User) -> str:
    """Take in the spreadsheet of this request; returns the id of its import.

    Raises:
        Invalid: there is none, or it cannot be read; says what to do.
        Busy: too many others are sending files.

    """
    sent: FileStorage | None = flask.request.files.get("file")
    if sent is None or not sent.filename:
        text, remedy = msgid("没有选文件"), msgid("请选一份 .xlsx 或 .csv 表格")
        raise Invalid(Reason(FIELD, text, remedy))
    data, name = sent.stream.read(MOST_BYTES + 1), plain_name(sent.filename)
    read = sheet.read(data, name, hotline_of(runtime.district))
    return import_timers.begin(runtime, read, actor_of(user))


def wanted_by(actor: Actor, q: str = "") -> Wanted:
    """The orders this person may see: those of their community, or all."""
    return Wanted(actor.community, q.strip())


def template(runtime: Runtime) -> bytes:
    """A spreadsheet to fill in: the headings, and an example of nobody."""
    columns = hotline_of(runtime.district).columns
    headings = [f"{one.headings[0]}*" if one.required else one.headings[0] for one in columns]
    example = [[one.example for one in columns]]
    return bytes(in_thread(workbook.xlsx, "12345", headings, example, [18] * len(columns)))


def bad_rows_file(runtime: Runtime, import_id: str) -> bytes:
    """The rows that were not taken, to be corrected where they came from."""
    with runtime.database.read() as connection:
        store.get_import(connection, import_id)
        found = store.bad_rows(connection, import_id, 0, MOST_BAD)
    headings = [gettext(text) for text in BAD_HEADINGS]
    rows = [
        (one.row, one.number, fault["field"], fault["reason"], fault["remedy"])
        for one in found
        for fault in map(told, one.reasons)
    ]
    return bytes(in_thread(workbook.xlsx, "bad", headings, rows, [8, 24, 16, 48, 48]))


def return_file(runtime: Runtime, return_id: str, kind: str) -> bytes:
    """The results of one file, as they are now, as .xlsx or .csv.

    Raises:
        Unknown: there is no such file.

    """
    with runtime.database.read() as connection:
        kept = store_results.get_return(connection, return_id)
        found = store_results.of(connection, [number for number, _ in kept["items"]])
    runtime.database.run(
        lambda tx: tx.record("hotline.returned", return_id, count=len(found), kind=kind)
    )
    headings, rows = [gettext(text) for text in RETURNED], [_returned(one) for one in found]
    if kind == "csv":
        return workbook.comma_separated(headings, rows)
    widths = [24, 22, 20, 30, 12, 48, 16, 8, 30, 20, 20, 20, 12]
    return bytes(in_thread(workbook.xlsx, "12345", headings, rows, widths))


RETURNED = (
    *(msgid("工单编号"), msgid("办件编号"), msgid("社区"), msgid("工单标题"), msgid("状态")),
    *(msgid("办理结果"), msgid("办理人"), msgid("评价（5 最好）"), msgid("评价的话")),
    *(msgid("来电时间"), msgid("受理时间"), msgid("办结时间"), msgid("是否要求回访")),
)
BAD_HEADINGS = (
    *(msgid("行号"), msgid("工单编号"), msgid("哪一列"), msgid("原因"), msgid("怎么办")),
)


def _returned(one: Result) -> tuple[Any, ...]:
    lang = reader_language()
    return (
        *(one.number, one.case_number, one.community_name, one.title),
        *(state_words(one.state, lang), one.result, person(one.resolved_by, lang)),
        *(one.score, one.comment),
        *(shown_at(one.received_at), shown_at(one.accepted_at), shown_at(one.finished_at)),
        gettext("是") if one.return_requested else gettext("否"),
    )
