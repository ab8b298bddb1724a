"""A duty, leave, a swap and a calendar link of each side's clerk."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.intake.case import Actor
from services.intake.rosters import feed_store, handlers, leave_handlers, store, swap
from shared.clock import now
from shared.db import Transaction

DAY = date(2026, 11, 30)
ZONE = ZoneInfo("Asia/Shanghai")


def fill(run: Any, side: Any, secret: str) -> None:
    """Make them, and name them among the side's things."""
    clerk = Actor(side.things["clerk"], "丁一", "desk", side.community)
    side.things |= run(lambda tx: _made(tx, clerk, side.community))
    link = run(lambda tx: feed_store.make_link(tx, clerk, "officer", "zh"))
    side.things |= {"calendar": link.id, "calendar_token": feed_store.token_of(link, secret)}


def _made(tx: Transaction, clerk: Actor, community: str) -> dict[str, str]:
    place = handlers.Place(community, DAY, "desk", "A")
    duty = handlers.new_duty(tx, place, (clerk.username, clerk.name), "by_hand")
    store.add_duty(tx, duty)
    begins = datetime(2026, 12, 2, 8, tzinfo=ZONE)
    span = (begins, begins.replace(hour=12))
    leave = leave_handlers.ask_leave(tx, clerk, "own", span, "有事")
    wanted = swap.Swap(
        f"HB-{community}", community, clerk.username, clerk.name, duty.id, "own-grid", "高明", "",
        "", now(),
    )  # fmt: skip
    store.add_swap(tx, wanted)
    return {"duty": duty.id, "leave": leave.number, "swap": wanted.number}
