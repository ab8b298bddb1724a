"""A booking: one person's place in one slot, or in the line for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.intake.reason import Conflict, Reason, msgid

BOOKED = "booked"
WAITING = "waiting"
CAME = "came"
NO_SHOW = "no_show"
CANCELLED = "cancelled"
LAPSED = "lapsed"
"""Waited until the slot began, and nobody gave a place back."""

TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    # step: {state before: state after}
    "move_up": {WAITING: BOOKED},
    "move": {BOOKED: BOOKED, WAITING: BOOKED},
    "cancel": {BOOKED: CANCELLED, WAITING: CANCELLED},
    "come": {BOOKED: CAME, NO_SHOW: CAME},  # late is better than never
    "miss": {BOOKED: NO_SHOW},
    "lapse": {WAITING: LAPSED},
}
STATES: Mapping[str, str] = {
    BOOKED: msgid("已约好"),
    WAITING: msgid("候补中"),
    CAME: msgid("已到"),
    NO_SHOW: msgid("未到"),
    CANCELLED: msgid("已取消"),
    LAPSED: msgid("候补未成"),
}
HELD = (BOOKED, WAITING)
"""States in which somebody counts on it."""

VIA = ("online", "desk", "phone", "wechat_group")
"""How a booking came: by oneself, at the desk, by telephone, in an estate's group (0-29)."""


@dataclass(frozen=True)
class Booking:
    """Who comes when, and what for.

    Attributes:
        item: a code of the catalogue; empty for a matter in the resident's words.
        matter: those words; for an item the item's name.
        group: a code of slots.yml's groups, whose people go first; may be empty.
        address: where, for a visit at home.
        rank: 0 for those who go first in the line, else 1.
        queued_at: since when in the line.
        case_number: the case that came of it.
        unreached_at: when it was known that no message reaches them.

    """

    number: str
    version: int
    state: str
    slot_id: str
    community: str
    item: str
    matter: str
    name: str
    phone: str
    address: str
    group: str
    rank: int
    language: str
    via: str
    booked_at: datetime
    queued_at: datetime
    reminded_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    reason: str = ""
    case_number: str = ""
    unreached_at: datetime | None = None
    erased_at: datetime | None = None

    @property
    def held(self) -> bool:
        """Whether somebody counts on it."""
        return self.state in HELD

    def allows(self, step: str) -> bool:
        """Whether the state lets this step."""
        return self.state in TRANSITIONS[step]

    def moved_up(self, reminded_at: datetime | None = None) -> "Booking":
        """A place became free; reminded later, unless what is told now reminds them."""
        return replace(self, state=self._after("move_up"), reminded_at=reminded_at)

    def moved(self, slot_id: str, community: str, reminded_at: datetime | None = None) -> "Booking":
        """To another time; they are reminded anew, unless what is told now reminds them."""
        after = replace(self, slot_id=slot_id, community=community, reminded_at=reminded_at)
        return replace(after, state=self._after("move"))

    def cancelled(self, at: datetime, by: str, reason: str = "") -> "Booking":
        """Given back."""
        return self._ended("cancel", at, by, reason)

    def came(self, at: datetime, by: str) -> "Booking":
        """They are here."""
        return self._ended("come", at, by)

    def missed(self, at: datetime, by: str) -> "Booking":
        """They did not come."""
        return self._ended("miss", at, by)

    def lapsed(self, at: datetime) -> "Booking":
        """Nobody gave a place back."""
        return self._ended("lapse", at, "")

    def over(self, at: datetime) -> "Booking":
        """Long past: who was never marked as come did not come, who still waited got no place."""
        if self.state == BOOKED:
            return self.missed(at, "")
        return self.lapsed(at) if self.state == WAITING else self

    def forgotten(self, at: datetime) -> "Booking":
        """Without the person; what is counted stays."""
        known = replace(self, matter="", name="", phone="", address="", group="", reason="")
        return replace(known, erased_at=at)

    def _ended(self, step: str, at: datetime, by: str, reason: str = "") -> "Booking":
        return replace(self, state=self._after(step), ended_at=at, ended_by=by, reason=reason)

    def _after(self, step: str) -> str:
        if not self.allows(step):
            raise Conflict(
                Reason(
                    "state",
                    msgid("这个预约现在是“%(state)s”，不能再这样改"),
                    msgid("请刷新页面，看看最新的情况"),
                    {"state": STATES[self.state]},
                )
            )
        return TRANSITIONS[step][self.state]
