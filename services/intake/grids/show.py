"""What the pages of grids share: words in the reader's language, choices for forms, photos."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import flask

from services.intake.files.store import list_files
from services.intake.grids import report_store, report_words
from services.intake.grids.care_person import CarePerson
from services.intake.grids.notice import Notice
from services.intake.grids.report import OPEN_STATES, STATES, Report
from services.intake.grids.territory import Grid, territory_of
from services.intake.grids.work import GridWork, work_for
from services.intake.pages_common import actor, named, runtime
from services.intake.reason import msgid
from shared.mask import mask_name, mask_text
from shared.permissions import Place, may
from shared.uploads.links import link_to
from shared.web.auth import role_label, signed_in
from shared.web.i18n import ENGLISH, gettext, language
from shared.web.problem import Problem, plain

Choices = list[tuple[str, str]]
LABELS = {
    "kind": msgid("上报什么"),
    "category": msgid("哪一类"),
    "checklist": msgid("检查单"),
    "found": msgid("查出的问题"),
    "answers": msgid("见到人了吗"),
    "words": msgid("看到了什么"),
    "place": msgid("在什么地方"),
    "grid": msgid("网格"),
    "care": msgid("走访谁"),
    "done": msgid("当场怎么处理的"),
    "community": msgid("哪个社区"),
    "phone": msgid("手机号"),
    "file": msgid("照片"),
    "id": msgid("上报编号"),
}


@dataclass(frozen=True)
class Thumb:
    """A photo as it is shown: where it opens, and the small one."""

    url: str
    preview: str


def work() -> GridWork:
    """The district's grid work."""
    return work_for(runtime().district)


def english() -> bool:
    """Whether the reader reads English."""
    return language() == ENGLISH


def choices(entries: Iterable[Any]) -> Choices:
    """Entries of the pack for a form."""
    return [(one.code, named(one)) for one in entries]


def title(report: Report) -> str:
    """What a report is called."""
    return report_words.title_of(work(), report.kind, report.checked, english=english())


def found(report: Report) -> list[str]:
    """What was ticked and answered."""
    return report_words.found(work(), report, english=english())


def state_word(state: str) -> str:
    """A state of a report in the reader's language."""
    return gettext(STATES[state])


def grids_of(community: str) -> list[Grid]:
    """The grids of a community."""
    return territory_of(runtime().district).of(community)


def grid_name(code: str) -> str:
    """What a grid is called."""
    grid = territory_of(runtime().district).grid(code)
    return grid.name if grid else code


def staff_choices(community: str) -> Choices:
    """Whom work can be given to here."""
    with runtime().database.read() as connection:
        found_here = report_store.staff(connection, community)
    return [(one.username, f"{one.name} {role_label(role)}") for one, role in found_here]


def lamp(report: Report, now: datetime) -> str:
    """The web kit's lamp: late when its time is over and somebody still works on it."""
    if not report.running or report.due_at is None:
        return "done" if report.state not in OPEN_STATES else "none"
    return "late" if report.due_at < now else "ok"


def photos_of(report: Report) -> list[Thumb]:
    """The report's photos, with links for this person that end."""
    if report.case_number and not may(signed_in(), "file.read", Place(report.community)):
        return []
    with runtime().database.read() as connection:
        files = list_files(connection, report.number)
        if report.case_number:
            files += [one for one in list_files(connection, report.case_number) if one.is_image]
    secret = runtime().settings.secret_key
    who = f"staff:{signed_in().username}"
    links = [link_to(file.id, who, secret) for file in files]
    return [
        Thumb(f"/desk/reports/photos/{link}", f"/desk/reports/photos/{link}?preview=1")
        for link in links
    ]


def report_here(number: str) -> Report:
    """A report this person may see.

    Raises:
        Problem: 404 for one that is not there, 403 for another community's.

    """
    with runtime().database.read() as connection:
        report = report_store.get(connection, number)
    _own(report.community)
    return report


def own_place(one: Notice | CarePerson) -> None:
    """Let nobody see another community's.

    Raises:
        Problem: 403.

    """
    _own(one.community)


def _own(community: str) -> None:
    if actor().community not in (None, community):
        raise plain(403)


def own_community() -> str:
    """The community this person works in.

    Raises:
        Problem: 403 for who works in none.

    """
    community = actor().community
    if not community:
        raise Problem(
            403,
            "no-community",
            msgid("您的账号没有写所在社区"),
            detail=msgid("请系统管理员在账号里填上社区，再来上报。"),
        )
    return community


def care_name(person: CarePerson) -> str:
    """A masked name and where in the grid, enough to recognise them by."""
    return f"{mask_name(person.name)} {grid_name(person.grid)}".strip()


def told(
    lines: list[report_store.Line], names: Any, *, whole: bool = False
) -> list[dict[str, Any]]:
    """A timeline as the web kit wants it, the newest first."""
    return [
        {
            "at": line.at,
            "who": gettext("路过的人") if line.who.startswith("@") else line.who,
            "what": gettext(names[line.action]),
            "note": line.note if whole else mask_text(line.note),
        }
        for line in reversed(lines)
    ]


def install(app: flask.Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters["mask_words"] = mask_text
    app.jinja_env.globals.update(
        grid_name=grid_name,
        report_title=title,
        report_state=state_word,
        report_found=found,
        care_name=care_name,
    )
