"""Following requests: what everybody may know of them, as GeoReport writes it.

Anybody may ask for any number, so nothing that people wrote is shown: no description, no place
finer than the community, nobody's name. Who filed it reads the rest by number and phone on /track.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake import words
from services.intake.case import OPEN_STATES, REFUSED, RESOLVED, WITHDRAWN, Case
from services.intake.models import cases, history, open311
from services.intake.open311.pack import Offer
from services.intake.orders import present_order
from services.intake.store import case_of
from services.intake.words import Lang
from shared.clock import local
from shared.district import District

OPEN, CLOSED = "open", "closed"
_requests = open311.requests


@dataclass(frozen=True)
class Search:
    """Which requests; numbers go before everything else. What is empty does not narrow."""

    numbers: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    statuses: tuple[str, ...] = ()

    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """As SQL."""
        if self.numbers:
            yield _requests.c.case_number.in_(self.numbers)
            return
        if self.services:
            yield _requests.c.service_code.in_(self.services)
        if self.since is not None:
            yield _requests.c.at >= self.since
        if self.until is not None:
            yield _requests.c.at <= self.until
        if self.statuses:
            yield sa.or_(*(_of_status(status) for status in self.statuses))


@dataclass(frozen=True)
class Request:
    """One request, and when anything was last said of it."""

    case: Case
    service: str
    updated_at: datetime


def find(connection: sa.Connection, asked: Search, most: int) -> list[Request]:
    """The requests, newest first, no more than `most`."""
    query = (
        sa.select(cases, _requests.c.service_code, _updated().label("updated_at"))
        .join(_requests, _requests.c.case_number == cases.c.number)
        .where(*asked.conditions())
        .order_by(_requests.c.at.desc(), _requests.c.case_number.desc())
        .limit(most)
    )
    rows = connection.execute(query).mappings()
    return [Request(case_of(row), row["service_code"], row["updated_at"]) for row in rows]


def status_of(case: Case) -> str:
    """Open until there is a result, or it ended without one; "not solved" opens it again."""
    return OPEN if case.state in OPEN_STATES and case.state != RESOLVED else CLOSED


def as_georeport(request: Request, offer: Offer, district: District, lang: Lang) -> dict[str, Any]:
    """One request in GeoReport's fields."""
    case, service = request.case, offer.services.get(request.service)
    state = words.state_words(case.state, lang)
    return {
        "service_request_id": case.number,
        "status": status_of(case),
        "status_notes": state,
        "service_name": service.name if service else case.title,
        "service_code": request.service,
        "description": service.name if service else case.title,
        "agency_responsible": agency(case, district, lang),
        "service_notice": notice(case, lang),
        "requested_datetime": _written(case.accepted_at),
        "updated_datetime": _written(request.updated_at),
        "expected_datetime": _written(case.due_at),
        "address": case.community_name,
        "address_id": case.community,
        "zipcode": None,
        "lat": None,
        "long": None,
        "media_url": None,
    }


def agency(case: Case, district: District, lang: Lang) -> str:
    """Who does it now: the department that has the order, or the community."""
    present = present_order(case)
    code = present[1].get("department") if present else None
    department = district.departments.get(code or "")
    if department is None:
        return case.community_name
    return department.name_en if lang == "en" else department.name


def notice(case: Case, lang: Lang) -> str:
    """What whoever filed it should know: by when, what to do if it is not solved, or why not."""
    if case.erased_at is not None:
        said = _FORGOTTEN
    elif case.state in _ENDED:
        said = _ENDED[case.state]
    elif status_of(case) == CLOSED:
        said = _RESULT
    elif case.due_at is None:
        said = _ANSWERED_FOR
    else:
        day = local(case.due_at)
        said = (f"{day.month}月{day.day}日前办结", f"To be done by {day:%Y-%m-%d}")
    return said[lang == "en"]


_FORGOTTEN = (
    "提交人的信息已经删除，这件事不能再查询；还有事请重新提交",
    "Who filed it was erased, so it can no longer be followed; file again what is still needed",
)
_ENDED = {
    WITHDRAWN: (
        "已撤回，不再办理；还需要办的，请重新提交",
        "Withdrawn, and no longer worked on; file again what is still needed",
    ),
    REFUSED: (
        "不予办理；理由见查进度页面",
        "Refused; the tracking page says why",
    ),
}
"""Nothing follows on these, so nobody is invited to say that it is not solved."""
_RESULT = (
    "有了结果；没有解决的，请用编号和手机号在查进度页面点“没有解决”",
    "There is a result; if it is not solved, say so on the tracking page",
)
_ANSWERED_FOR = (
    "社区首问负责，请用编号和手机号查进度",
    "The community answers for it; follow it by number and phone",
)


def _of_status(status: str) -> sa.ColumnElement[bool]:
    still = [state for state in OPEN_STATES if state != RESOLVED]
    return cases.c.state.in_(still) if status == OPEN else cases.c.state.not_in(still)


def _updated() -> sa.ScalarSelect[Any]:
    said = sa.select(sa.func.max(history.c.at)).where(history.c.case_number == cases.c.number)
    return said.correlate(cases).scalar_subquery()


def _written(moment: datetime | None) -> str | None:
    """As W3C writes moments, with the district's offset."""
    return local(moment).isoformat(timespec="seconds") if moment else None


def known_statuses(given: Sequence[str]) -> bool:
    """Whether GeoReport knows all of these."""
    return set(given) <= {OPEN, CLOSED}
