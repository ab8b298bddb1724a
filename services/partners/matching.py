"""Which partners a need is shown to, in which order, and why. Plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.partners.refusal import Reason, msgid

OFFERS_IT = 40
AT_HOME = 30
IN_STREET = 20
DISTRICT_WIDE = 10
EXPERIENCED = 2
MOST_EXPERIENCE = 10
IDLE = 5
STREET_DIGITS = 9


@dataclass(frozen=True)
class Candidate:
    """A partner as matching sees it.

    Attributes:
        offers: category -> names of its services and resources.
        communities: 12-digit codes it covers; empty means the whole district.
        capacity: needs it can carry at once.
        carrying: needs it has accepted and not fulfilled.
        done_here: needs it has met in this community.
    """

    code: str
    offers: dict[str, tuple[str, ...]]
    communities: tuple[str, ...] = ()
    capacity: int = 1
    carrying: int = 0
    done_here: int = 0


@dataclass(frozen=True)
class Match:
    """A partner to ask, with the reasons people read."""

    partner: str
    score: int
    reasons: tuple[Reason, ...]


def rank(category: str, community: str, candidates: Iterable[Candidate]) -> list[Match]:
    """Who can meet a need of ``category`` in ``community``, best first; ties by code."""
    fitting = [c for c in candidates if why_not(category, community, c) is None]
    matches = [match(category, community, candidate) for candidate in fitting]
    return sorted(matches, key=lambda m: (-m.score, m.partner))


def why_not(category: str, community: str, candidate: Candidate) -> str | None:
    """Why this partner is not asked, or None."""
    if not candidate.offers.get(category):
        return msgid("不提供这类服务")
    if candidate.communities and community not in candidate.communities:
        return msgid("不服务这个社区")
    if candidate.carrying >= candidate.capacity:
        return msgid("手上的需求已满")
    return None


def match(category: str, community: str, candidate: Candidate) -> Match:
    """The score of one who fits, and what it is made of."""
    parts = [
        _what(category, candidate),
        _where(community, candidate),
        _experience(candidate),
        _room(candidate),
    ]
    found = [part for part in parts if part is not None]
    return Match(
        candidate.code,
        sum(score for score, _ in found),
        tuple(reason for _, reason in found),
    )


def _what(category: str, candidate: Candidate) -> tuple[int, Reason]:
    names = "、".join(candidate.offers[category])
    return OFFERS_IT, Reason(msgid("能提供：%(names)s"), {"names": names})


def _where(community: str, candidate: Candidate) -> tuple[int, Reason]:
    if not candidate.communities:
        return DISTRICT_WIDE, Reason(msgid("服务全区"))
    if candidate.communities == (community,):
        return AT_HOME, Reason(msgid("就在本社区"))
    street = {code[:STREET_DIGITS] for code in candidate.communities}
    if street == {community[:STREET_DIGITS]}:
        return IN_STREET, Reason(msgid("就在本街道"))
    return DISTRICT_WIDE, Reason(msgid("服务范围包含本社区"))


def _experience(candidate: Candidate) -> tuple[int, Reason] | None:
    if not candidate.done_here:
        return None
    score = min(candidate.done_here * EXPERIENCED, MOST_EXPERIENCE)
    return score, Reason(msgid("在本社区办成过 %(n)s 件"), {"n": candidate.done_here})


def _room(candidate: Candidate) -> tuple[int, Reason]:
    free = candidate.capacity - candidate.carrying
    if not candidate.carrying:
        return IDLE, Reason(msgid("现在有空，可接 %(n)s 件"), {"n": free})
    return 0, Reason(
        msgid("手上 %(carrying)s 件，还能接 %(n)s 件"), {"carrying": candidate.carrying, "n": free}
    )
