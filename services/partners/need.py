"""A need of a case and its way to a partner: states, transitions, rules. Plain Python.

The states: raised 待匹配, offered 已推送, accepted 已认领, fulfilled 待确认,
confirmed 已完成, unmet 无人认领, cancelled 已取消. Both sides say it is done: the partner by
fulfilling, the community by confirming.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from services.partners.refusal import Reason, Refused, allow, msgid

RAISED, OFFERED, ACCEPTED = "raised", "offered", "accepted"
FULFILLED, CONFIRMED = "fulfilled", "confirmed"
UNMET, CANCELLED = "unmet", "cancelled"

STATES: Mapping[str, str] = {
    RAISED: msgid("待匹配"),
    OFFERED: msgid("已推送"),
    ACCEPTED: msgid("已认领"),
    FULFILLED: msgid("待确认"),
    CONFIRMED: msgid("已完成"),
    UNMET: msgid("无人认领"),
    CANCELLED: msgid("已取消"),
}

TRANSITIONS: Mapping[tuple[str, str], str] = {
    (RAISED, "offer"): OFFERED,
    (RAISED, "give_up"): UNMET,
    (RAISED, "cancel"): CANCELLED,
    (OFFERED, "offer"): OFFERED,  # to more partners, by hand
    (OFFERED, "accept"): ACCEPTED,
    (OFFERED, "give_up"): UNMET,
    (OFFERED, "cancel"): CANCELLED,
    (ACCEPTED, "fulfil"): FULFILLED,
    (ACCEPTED, "release"): RAISED,  # the partner cannot after all; matched again
    (ACCEPTED, "cancel"): CANCELLED,
    (FULFILLED, "confirm"): CONFIRMED,
    (FULFILLED, "send_back"): ACCEPTED,  # the community says it is not done
    (UNMET, "offer"): OFFERED,
    (UNMET, "cancel"): CANCELLED,
}
"""(state, action) -> state. What is not here is not done."""

OPEN, TAKEN, DECLINED, GONE = "open", "taken", "declined", "gone"
OFFER_STATES: Mapping[str, str] = {
    OPEN: msgid("等待回应"),
    TAKEN: msgid("已认领"),
    DECLINED: msgid("不方便"),
    GONE: msgid("已失效"),
}

_RELOAD = msgid("请刷新看看最新情况")
_TOO_LATE: Mapping[str, str] = {
    ACCEPTED: msgid("已被别的合伙人认领"),
    FULFILLED: msgid("已被别的合伙人认领"),
    CONFIRMED: msgid("这项需求已经完成"),
    CANCELLED: msgid("这项需求已取消"),
    UNMET: msgid("推送已过期"),
    RAISED: msgid("这项需求还没有推送"),
}


@dataclass(frozen=True)
class Need:
    """A need as it stands. ``partner`` is the code of the one who accepted it."""

    number: str
    state: str
    category: str
    community: str
    version: int
    partner: str | None = None


@dataclass(frozen=True)
class Offer:
    """The need shown to one partner."""

    partner: str
    state: str = OPEN


N = TypeVar("N", bound=Need)
"""A need, or one with more known of it: a transition keeps everything."""


def move(need: N, action: str) -> N:
    """The need after ``action``, one version on.

    Raises:
        Refused: its state does not allow that.
    """
    state = TRANSITIONS.get((need.state, action))
    if state is None:
        reason = Reason(msgid("现在是“%(state)s”，不能这样办"), {"state": STATES[need.state]})
        raise Refused("state", reason, _RELOAD)
    return replace(need, state=state, version=need.version + 1)


def offer(need: N, partners: Sequence[str]) -> N:
    """Show it to partners; with none to show it to, nobody can meet it."""
    return move(need, "offer" if partners else "give_up")


def offer_by_hand(need: N, partners: Sequence[str], community: str | None) -> N:
    """An officer of its community shows it to partners of their choice.

    Raises:
        Refused: another community's need, no partner chosen, or its state does not allow it.
    """
    none_chosen = None if partners else msgid("没有选择合伙人")
    allow("community", _RELOAD, is_of_community(need, community))
    allow("partners", msgid("请至少选择一家"), none_chosen)
    return move(need, "offer")


def accept(need: N, offers: Sequence[Offer], partner: str) -> N:
    """``partner`` takes it. First come, first served: whoever comes second is told so.

    Raises:
        Refused: it was not offered to this partner, or another one was first.
    """
    allow("partner", _RELOAD, was_offered_to(offers, partner), is_still_free(need, partner))
    return replace(move(need, "accept"), partner=partner)


def decline(need: N, offers: Sequence[Offer], partner: str) -> tuple[N, Sequence[Offer]]:
    """``partner`` cannot: an offer is declined, or what was accepted is given back.

    Returns the need and its offers. When no one else is asked any more, the need is unmet.

    Raises:
        Refused: there is nothing of this partner's to decline.
    """
    asked = [replace(o, state=DECLINED) if o.partner == partner else o for o in offers]
    if need.state == ACCEPTED and need.partner == partner:
        need = replace(move(need, "release"), partner=None)
        asked = [replace(o, state=OPEN) if o.state == GONE else o for o in asked]
        return offer(need, [o.partner for o in asked if o.state == OPEN]), asked
    allow("partner", _RELOAD, was_offered_to(offers, partner), is_still_free(need, partner))
    if any(o.state == OPEN for o in asked):
        return replace(need, version=need.version + 1), asked
    return move(need, "give_up"), asked


def settle(offers: Sequence[Offer], taken_by: str | None = None) -> Sequence[Offer]:
    """The offers once it is decided: one taken, the other open ones gone."""
    return [
        replace(o, state=TAKEN)
        if o.partner == taken_by
        else replace(o, state=GONE)
        if o.state == OPEN
        else o
        for o in offers
    ]


def fulfil(need: N, partner: str) -> N:
    """The partner says it is done; that is its own confirmation.

    Raises:
        Refused: another partner accepted it, or it is not accepted.
    """
    allow("partner", _RELOAD, was_accepted_by(need, partner), not_said_before(need))
    return move(need, "fulfil")


def confirm(need: N, community: str | None) -> N:
    """The community says it is done too: with that both sides have.

    Args:
        need: as loaded.
        community: the officer's; None for one who answers for the whole district.

    Raises:
        Refused: another community's need, or not both sides can have said so yet.
    """
    allow("community", _RELOAD, is_of_community(need, community), not_confirmed_before(need))
    return move(need, "confirm")


def send_back(need: N, community: str | None) -> N:
    """The community says it is not done: the same partner goes on.

    Raises:
        Refused: another community's need, or nothing waits to be confirmed.
    """
    allow("community", _RELOAD, is_of_community(need, community))
    return move(need, "send_back")


def withdrawn(need: N) -> N | None:
    """The case was withdrawn: cancelled, unless it is done already and only to be confirmed."""
    return move(need, "cancel") if (need.state, "cancel") in TRANSITIONS else None


def closed(need: N) -> N | None:
    """The case was closed: what nobody accepted is cancelled; what a partner took goes on."""
    return None if need.state == ACCEPTED else withdrawn(need)


def was_offered_to(offers: Sequence[Offer], partner: str) -> str | None:
    """Only a partner it was offered to, and who has not declined, may answer."""
    answerable = {o.partner for o in offers if o.state in (OPEN, TAKEN, GONE)}
    return None if partner in answerable else msgid("这项需求没有推送给您")


def is_still_free(need: Need, partner: str) -> str | None:
    """The first acceptance wins."""
    if need.partner == partner and need.state != CANCELLED:
        return msgid("您已认领这项需求")
    return None if need.state == OFFERED else _TOO_LATE[need.state]


def was_accepted_by(need: Need, partner: str) -> str | None:
    """Only the partner who accepted it may say it is done."""
    return None if need.partner == partner else msgid("这项需求不是您认领的")


def not_said_before(need: Need) -> str | None:
    """Each side says it once."""
    said = need.state in (FULFILLED, CONFIRMED)
    return msgid("您已报告完成，不用再报") if said else None


def not_confirmed_before(need: Need) -> str | None:
    """Each side says it once."""
    return msgid("社区已确认过，不用再确认") if need.state == CONFIRMED else None


def is_of_community(need: Need, community: str | None) -> str | None:
    """A desk confirms its own community's needs; a supervisor any."""
    mine = community is None or community == need.community
    return None if mine else msgid("这是别的社区的需求")
