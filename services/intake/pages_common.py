"""What the pages of intake share: the runtime, words in two languages, filters kept, refusals."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol, cast
from urllib.parse import urlencode

import flask

from services.intake import queries, rules, words
from services.intake.api import actor_of
from services.intake.case import Actor, Case, Entry
from services.intake.desk.pack import desk_of
from services.intake.ledger import store_catalogue
from services.intake.masked import masked_entries
from services.intake.problems import field_error
from services.intake.reason import Invalid, Rejected, Unknown
from services.intake.words import Lang
from shared.clock import local, now
from shared.district import Department, District, Item, NotIssued, OutOfScope
from shared.permissions import Place, may
from shared.runtime import Runtime
from shared.web import auth
from shared.web.auth import User, signed_in
from shared.web.context import web_of
from shared.web.forms import Form
from shared.web.i18n import ENGLISH, gettext, language, msgid
from shared.web.problem import Problem

WORKPLACES: dict[str, tuple[str, str]] = {
    auth.DESK: ("/desk", msgid("受理台")),
    auth.BACK_OFFICE: ("/desk", msgid("受理台")),
    auth.GRID: ("/desk", msgid("受理台")),
    auth.MANAGER: ("/desk", msgid("受理台")),
    auth.DEPARTMENT: ("/orders", msgid("工单")),
    auth.LEADER: ("/orders", msgid("工单")),
    auth.SUPERVISOR: ("/supervise", msgid("督办")),
    auth.PARTNER: ("/partners", msgid("合伙人")),
    auth.ADMIN: ("/accounts", msgid("账号")),
    auth.AUDITOR: ("/audit/intake", msgid("审计")),
}
"""Where each role's day begins, and what that place is called."""

KEPT = ("q", "state", "due", "mine", "page")
"""Filters of the work list that every page of a matter carries along, for the way back."""

LAMPS = {"green": "ok", "yellow": "soon", "red": "late", "none": "none"}
"""The domain's lamp -> the web kit's."""


UNREACHED = "message.failed"
"""The line of the timeline that says that the resident could not be told."""


class Named(Protocol):
    """An entry of the pack with a Chinese and an English name."""

    @property
    def name(self) -> str:
        """The Chinese name."""
        ...

    @property
    def name_en(self) -> str:
        """The English name."""
        ...


def runtime() -> Runtime:
    """Give the runtime of the application that serves this request."""
    return cast("Runtime", web_of().service_context)


def lang() -> Lang:
    """Give the reader's language as the domain's words want it."""
    return "en" if language() == ENGLISH else "zh"


def workplace(user: User) -> tuple[str, str]:
    """Give the address and the name of the place where this person works."""
    path, label = WORKPLACES[user.role]
    return path, gettext(label)


def actor() -> Actor:
    """Give the signed-in officer as the domain knows them."""
    return actor_of(signed_in())


def case_here(number: str) -> Case:
    """Give a case this officer may see: one of their own community.

    Raises Problem 404 for a number that is no case's, 403 for another community's.
    """
    try:
        with runtime().database.read() as connection:
            case = queries.get_case(connection, number)
    except (Invalid, Unknown) as error:
        raise _no_such_case() from error
    if rules.own_community(actor(), case.community) is not None:
        raise _served_elsewhere(case.community)
    return case


def _no_such_case() -> Problem:
    return Problem(
        404,
        "no-such-case",
        msgid("没有这个编号的办件"),
        detail=msgid("请核对受理回执上的编号，或者到受理台查找。"),
        way=("/desk", msgid("到受理台查找")),
    )


def _served_elsewhere(community: str) -> Problem:
    """Say who serves it, and nothing about whose it is."""
    known = runtime().district.communities.get(community)
    name = known.name if known is not None else community
    return Problem(
        403,
        "other-community",
        msgid("这件事属于别的社区"),
        detail=msgid("它由%(community)s受理。要了解情况，请联系%(community)s的受理台。"),
        values={"community": name},
        way=("/desk", msgid("回到受理台")),
    )


def may_reveal(community: str) -> bool:
    """Whether this person may see the whole of who brought a matter of this community."""
    return may(signed_in(), "person.reveal", Place(community=community))


def kept_query() -> str:
    """Give the filters of this request as a query string with its `?`; nothing without any."""
    chosen = {name: flask.request.args[name] for name in KEPT if flask.request.args.get(name)}
    return f"?{urlencode(chosen)}" if chosen else ""


def refuse(form: Form, rejected: Rejected, labels: Mapping[str, str]) -> Form:
    """Show a refusal of the domain on the form: at its field, or on top where there is none."""
    for reason in rejected.reasons:
        error = field_error(reason)
        form.refuse(replace(error, field=error.field if error.field in labels else ""))
    return form


def matters_for(text: str) -> list[OutOfScope]:
    """Find the matters outside a community's remit that this text speaks of; a hint, no verdict."""
    known = runtime().district.out_of_scope.values()
    return [matter for matter in known if any(word in text for word in matter.keywords)]


def offered() -> District:
    """The district with the items of the catalogue that hold now; read once for each request."""
    if "offered" not in flask.g:
        flask.g.offered = store_catalogue.district_now(runtime())
    found: District = flask.g.offered
    return found


def item_of(case: Case) -> Item | None:
    """The case's item as the catalogue had it when the case was accepted."""
    if case.item is None:
        return None
    pack, code = runtime().district, case.item.code
    with runtime().database.read() as connection:
        return store_catalogue.item_at(connection, pack, code, case.catalogue_version)


# ---- Words for templates ----


def named(entry: Named | None) -> str:
    """Name an entry of the pack in the reader's language."""
    if entry is None:
        return ""
    return entry.name_en if language() == ENGLISH and entry.name_en else entry.name


def department_short(department: Department) -> str:
    """Name a department as people call it."""
    return department.name_en if language() == ENGLISH else department.short


def named_choice(listing: str, code: str) -> str:
    """Name an entry of one of the pack's closed lists: kinds, urgencies or channels."""
    choices = getattr(runtime().district.rules, listing)
    return next((named(choice) for choice in choices if choice.code == code), code)


def department_names(codes: Iterable[str]) -> str:
    """Name several departments in one line, in the reader's language."""
    known = runtime().district.departments
    return gettext("、").join(named(known[code]) for code in codes if code in known)


def refusal_departments(entry: NotIssued) -> str:
    """Name the departments a certificate is asked from."""
    return department_names(entry.departments)


def state_word(state: str) -> str:
    """Name a state in the reader's language."""
    return words.state_words(state, lang())


def handler_word(case: Case) -> str:
    """Name who does the work now, in the reader's language."""
    told = words.handler_words(case, lang())
    by_department = case.handler.kind == "department" and told == case.handler.name
    english = department_names((case.handler.code,)) if by_department and lang() == "en" else ""
    return english or told


def lamp_of(case: Case) -> str:
    """Give the web kit's lamp for this case's deadline."""
    share = runtime().district.rules.yellow_from
    return LAMPS[words.lamp(case, now(), share).level]


def track_name(case: Case) -> str:
    """Name the back office's track of a case in the reader's language: 紧急立刻办 … (1-23)."""
    track = desk_of(runtime().district).by_track[case.urgency]
    return track.name_en if lang() == "en" else track.name


def is_raised(case: Case) -> bool:
    """Whether its track asks the community's manager to look after it 提级 (1-23)."""
    return desk_of(runtime().district).by_track[case.urgency].raised


def way_name(case: Case) -> str:
    """Name how it is handled: 即办, 代办, 陪办 or 上门办 (1-19)."""
    ways = {way.code: way for way in desk_of(runtime().district).ways}
    way = ways.get(case.way)
    return "" if way is None else way.name_en if lang() == "en" else way.name


def to_call(case: Case, entries: list[Entry]) -> bool:
    """Whether no message reached the resident, and the first responder did nothing since."""
    if not case.open:
        return False
    latest = [e.action for e in entries if e.action == UNREACHED or e.who == case.owner.name]
    return bool(latest) and latest[-1] == UNREACHED


def stops(case: Case, entries: list[Entry], *, whole: bool = False) -> list[dict[str, object]]:
    """Give the timeline as the web kit wants it; the last step of an open case is now."""
    shown = entries if whole else masked_entries(case, entries)
    told = [_stop(entry) for entry in shown]
    if told and case.open:
        told[-1]["state"] = "now"
    return told[::-1]


def _stop(entry: Entry) -> dict[str, object]:
    sentence = words.sentence(entry, lang())
    what, _, note = sentence.partition(": " if lang() == "en" else "：")
    who = words.person(entry.who, lang())
    return {"at": entry.at, "who": who, "what": what, "note": note}


def full_day(moment: datetime, *, clock: bool = False) -> str:
    """Say a day with its year, as papers must; with `clock`, the time as well."""
    then = local(moment)
    time = f" {then:%H:%M}" if clock else ""
    return f"{day_with_year(then.date())}{time}"


def day_with_year(day: date) -> str:
    """Say a day with its year."""
    if lang() == "en":
        return f"{day.day} {day:%b} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def install_words(app: flask.Flask) -> None:
    """Give the templates the words of the pack and the domain, in macros too."""
    app.jinja_env.globals.update(
        named=named,
        named_choice=named_choice,
        refusal_departments=refusal_departments,
        state_word=state_word,
        handler_word=handler_word,
        lamp_of=lamp_of,
        track_name=track_name,
        is_raised=is_raised,
        way_name=way_name,
        full_day=full_day,
    )
