"""What the hotline's addresses need to exist on a side: an order, an import, a file of results."""

from collections.abc import Callable
from typing import Any

from services.intake.case import Actor
from services.intake.hotline import import_timers, store
from services.intake.hotline.sheet import Sheet
from services.intake.models import hotline
from shared import clock
from shared.db import Transaction

SUPERVISOR = Actor("first-supervisor", "高明", "supervisor", None)


def fill(run: Callable[..., Any], side: Any) -> None:
    """Make them, and name them among the side's things."""
    letter = side.name.lower()
    side.things |= {
        "hotline_order": f"SL-2611-{side.name}-0001",
        "hotline_import": letter * 32,
        "hotline_return": letter * 31 + "0",
    }
    run(lambda tx: _order(tx, side))
    sheet = Sheet("orders.xlsx", [])
    run(
        lambda tx: store.add_import(
            tx, side.things["hotline_import"], sheet, SUPERVISOR, import_timers.DONE
        )
    )
    run(lambda tx: _return(tx, side.things["hotline_return"]))


def _order(tx: Transaction, side: Any) -> None:
    tx.insert(
        hotline.orders,
        number=side.things["hotline_order"],
        version=1,
        case_number=side.things["case"],
        community=side.community,
        received_at=None,
        deadline=None,
        return_requested=True,
        secret=False,
        import_id="",
        taken_at=clock.now(),
        answered=0,
        answered_at=None,
        settled=False,
    )


def _return(tx: Transaction, return_id: str) -> None:
    tx.insert(
        hotline.returns,
        id=return_id,
        version=1,
        at=clock.now(),
        by_username=SUPERVISOR.username,
        by_name=SUPERVISOR.name,
        items=[],
        acknowledged_at=None,
    )
