"""What each side of the permission matrix has of grids: a report, a notice, somebody cared for."""

from collections.abc import Callable
from typing import Any

from services.intake.case import Actor, Officer
from services.intake.grids import care_store, notice_store, report_store
from services.intake.grids.care_person import CarePerson
from services.intake.grids.notice import ISSUED, Notice
from services.intake.grids.report import BECAME_CASE, Report
from shared import clock
from shared.db import Transaction


def fill(run: Callable[..., Any], side: Any, desk: Actor) -> None:
    """Write them, with the names of side A or B; the report became the side's case."""
    made = (_report(side, desk), _notice(side, desk), _person(side, desk))
    run(lambda tx: _add(tx, *made))
    report, notice, person = made
    side.things |= {
        "report": report.number,
        "rectification": notice.number,
        "care": person.number,
        "client": report.client_id,
    }


def _add(tx: Transaction, report: Report, notice: Notice, person: CarePerson) -> None:
    report_store.claim(tx, report, "")
    report_store.tell(tx, report, report.by.name, "report")
    notice_store.add(tx, notice)
    notice_store.tell(tx, notice, notice.by.name, "issue")
    care_store.add(tx, person)


def _number(prefix: str, side: Any) -> str:
    return f"{prefix}-261122-0001-{side.community[-3:]}{side.name}"


def _report(side: Any, desk: Actor) -> Report:
    officer = Officer(desk.username, desk.name)
    said = {"category": "light", "checklist": "", "found": [], "answers": {}}
    return Report(
        number=_number("WG", side),
        client_id=f"00000000-0000-4000-8000-{side.community}",
        kind="hazard",
        state=BECAME_CASE,
        community=side.community,
        grid="",
        urgency="normal",
        title="隐患：路灯或楼道灯不亮",
        words="楼道灯不亮",
        place=f"{side.name} 号楼",
        position=None,
        checked=said,
        care="",
        phone=side.phone,
        photos=0,
        by=officer,
        owner=officer,
        handler=Officer("own-grid", "高明"),
        seen_at=clock.now(),
        received_at=clock.now(),
        case_number=side.things["case"],
    )


def _notice(side: Any, desk: Actor) -> Notice:
    officer = Officer(desk.username, desk.name)
    return Notice(
        number=_number("ZG", side),
        state=ISSUED,
        report_number="",
        community=side.community,
        grid="",
        addressee="好再来面馆",
        place=f"{side.name} 号楼",
        wrong=("没有报警装置",),
        basis="",
        issued_at=clock.now(),
        by=officer,
        checker=officer,
        due_at=clock.now(),
    )


def _person(side: Any, desk: Actor) -> CarePerson:
    return CarePerson(
        number=_number("GA", side),
        community=side.community,
        grid="",
        name="赵桂英",
        phone=side.phone,
        id_no="",
        address=f"{side.name} 号楼",
        groups=("elderly",),
        needs="",
        consent=None,
        worker_username="own-grid",
        worker_name="高明",
        every_days=7,
        due_at=clock.now(),
        added_by=desk.name,
        added_at=clock.now(),
    )
