"""Points: every entry balanced, no passbook below zero, whatever happens in whatever order."""

import random
from collections import Counter

import pytest

from services.partners import ledger
from services.partners.ledger import Entry, Mismatch, Posting, Unbalanced

OWNERS = [f"partner-{n}" for n in range(5)]


def balances(entries):
    """Every account as its entries make it."""
    total = Counter()
    for entry in entries:
        for posting in entry.postings:
            total[posting.account] += posting.amount
    return total


def a_history(seed, length=300):
    """Earn, spend and undo at random, spending only where the rule allows it."""
    chance = random.Random(seed)
    history, spent = [], []
    for step in range(length):
        owner, points = chance.choice(OWNERS), chance.randint(1, 60)
        action = chance.choice(["earn", "spend", "spend", "undo"])
        balance = balances(history).get(owner, 0)
        if action == "earn":
            history.append(ledger.earn(owner, points, f"n{step}", "服务"))
        elif action == "spend" and ledger.cannot_spend(balance, points) is None:
            history.append(ledger.spend(owner, points, f"v{step}", "兑换"))
            spent.append(history[-1])
        elif action == "undo" and spent:
            history.append(ledger.undo(spent.pop(chance.randrange(len(spent))), "取消"))
    return history


@pytest.mark.parametrize("seed", range(8))
def test_no_history_leaves_the_ledger_unbalanced_or_a_passbook_below_zero(seed):
    history = a_history(seed)
    assert {e.kind for e in history} == set(ledger.KINDS)
    for length in range(len(history) + 1):
        stands = balances(history[:length])
        assert sum(stands.values()) == 0
        assert all(stands.get(owner, 0) >= 0 for owner in OWNERS)


def test_undone_everything_stands_as_before():
    earned = ledger.earn("a", 50, "n1", "")
    spent = ledger.spend("a", 30, "v1", "")
    assert balances([earned, spent, ledger.undo(spent, "")]) == {
        "a": 50,
        ledger.ISSUED: -50,
        ledger.REDEEMED: 0,
    }


@pytest.mark.parametrize(
    "amounts", [(), (5,), (5, -4), (0, 0), (5, 0, -5), (10**18, -(10**18) + 1)]
)
def test_an_unbalanced_entry_cannot_be_made(amounts):
    with pytest.raises(Unbalanced):
        Entry(ledger.EARNED, "x", "", tuple(Posting(f"a{n}", a) for n, a in enumerate(amounts)))


@pytest.mark.parametrize("points", [0, -1])
def test_points_are_positive(points):
    for make in (ledger.earn, ledger.spend):
        with pytest.raises(ValueError, match="above zero"):
            make("a", points, "x", "")


def test_the_first_mismatch_is_named():
    assert ledger.first_mismatch({"JF-1": 0}, {"a": 5}, {"a": 5}) is None
    assert ledger.first_mismatch({"JF-2": 3, "JF-1": 1}, {}, {}) == Mismatch("entry", "JF-1", 1, 0)
    wrong = ledger.first_mismatch({}, {"b": 5, "a": 5}, {"b": 6, "a": 5})
    assert wrong == Mismatch("account", "b", 6, 5)
    assert ledger.first_mismatch({}, {"a": 5}, {}) == Mismatch("account", "a", 0, 5)
    assert ledger.first_mismatch({}, {"a": -5}, {"a": -5}) == Mismatch("account", "a", -5, 0)
