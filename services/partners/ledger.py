"""Points 积分(绿币) by double entry: plain functions make entries whose postings sum to zero.

Accounts: a passbook 存折 for each partner or volunteer, which never goes below zero, and two of the
system: what was ever issued (its balance is the negative of it) and what was redeemed. The database
refuses what these rules forbid; see ``migrations/0001``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.partners.refusal import msgid

ISSUED, REDEEMED = "system:issued", "system:redeemed"
SYSTEM_ACCOUNTS: Mapping[str, str] = {ISSUED: msgid("已发放"), REDEEMED: msgid("已兑换")}

EARNED, SPENT, UNDONE = "earned", "spent", "undone"
KINDS: Mapping[str, str] = {
    EARNED: msgid("服务所得"),
    SPENT: msgid("兑换支出"),
    UNDONE: msgid("撤销退回"),
}
FEWEST_POSTINGS = 2


class Unbalanced(ValueError):
    """Postings that do not sum to zero, or are none at all."""


@dataclass(frozen=True)
class Posting:
    """An amount put on an account; negative takes it away. Whole points, never zero."""

    account: str
    amount: int


@dataclass(frozen=True)
class Entry:
    """One thing that happened to points.

    Attributes:
        kind: of ``KINDS``.
        about: what it is for, e.g. ``need:XS-261121-0042-08-n1``. No two entries have the same, so
            nothing is paid for or given back twice.
        note: what the passbook says.
        postings: two or more that sum to zero.

    Raises:
        Unbalanced: they do not.
    """

    kind: str
    about: str
    note: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        """Check the balance."""
        if len(self.postings) < FEWEST_POSTINGS or any(not p.amount for p in self.postings):
            raise Unbalanced(f"{self.about}: two postings or more are needed, none of them zero")
        if sum(p.amount for p in self.postings):
            raise Unbalanced(f"{self.about}: the postings do not sum to zero")


@dataclass(frozen=True)
class Mismatch:
    """Where the ledger is wrong: ``what`` is ``entry`` or ``account``, ``code`` names it."""

    what: str
    code: str
    found: int
    expected: int


def earn(owner: str, points: int, need: str, note: str) -> Entry:
    """Points for a need met; issued by the system.

    Raises:
        ValueError: points must be positive.
    """
    _positive(points)
    postings = (Posting(ISSUED, -points), Posting(owner, points))
    return Entry(EARNED, f"need:{need}", note, postings)


def spend(owner: str, points: int, voucher: str, note: str) -> Entry:
    """Points for a reward.

    Raises:
        ValueError: points must be positive.
    """
    _positive(points)
    postings = (Posting(owner, -points), Posting(REDEEMED, points))
    return Entry(SPENT, f"voucher:{voucher}", note, postings)


def undo(entry: Entry, note: str) -> Entry:
    """The reversing entry: the same postings the other way round."""
    postings = tuple(Posting(p.account, -p.amount) for p in entry.postings)
    return Entry(UNDONE, f"undo:{entry.about}", note, postings)


def cannot_spend(balance: int, price: int) -> str | None:
    """A passbook never goes below zero."""
    return None if balance >= price else msgid("积分不够")


def first_mismatch(
    entry_sums: Mapping[str, int], recomputed: Mapping[str, int], kept: Mapping[str, int]
) -> Mismatch | None:
    """The first thing wrong, by entry number, then by account.

    Args:
        entry_sums: entry -> sum of its postings; every one must be zero.
        recomputed: passbook -> sum of its postings.
        kept: passbook -> the balance that is shown; must be the same, and never below zero.
    """
    for number in sorted(entry_sums):
        if entry_sums[number]:
            return Mismatch("entry", number, entry_sums[number], 0)
    for account in sorted(recomputed.keys() | kept.keys()):
        expected, found = recomputed.get(account, 0), kept.get(account, 0)
        if found != expected or found < 0:
            return Mismatch("account", account, found, max(expected, 0))
    return None


def _positive(points: int) -> None:
    if points <= 0:
        raise ValueError(f"points: {points}; give a whole number above zero")
