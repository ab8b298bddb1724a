"""What happens to points: a reward is redeemed, handed over, or the redemption undone."""

from typing import Any

import sqlalchemy as sa

from services.partners import ledger, ledger_store, store
from services.partners import reward as domain
from services.partners.models import redemptions, rewards
from services.partners.refusal import Unknown, msgid
from services.partners.reward import Redemption, Reward
from shared.db import Transaction

UNDO_NOTE = msgid("取消兑换，积分退回")


def redeem(
    tx: Transaction, owner: str, code: str, by: str, request: str | None = None
) -> Redemption:
    """Points for a voucher. ``request`` names the wish: sent twice, it is one voucher.

    Raises:
        Unknown: no such reward or passbook.
        Refused: none left, or not enough points.
    """
    earlier = _of_request(tx, owner, request)
    if earlier is not None:
        return earlier
    reward, version = _load_reward(tx, code)
    domain.redeem(reward, ledger_store.balance(tx, owner))
    _take(tx, reward, version, +1)
    voucher = domain.voucher_code(tx.serial("voucher"))
    bought = Redemption(voucher, code, owner, reward.price, domain.ISSUED, 1, reward.partner)
    ledger_store.post(tx, ledger.spend(owner, reward.price, voucher, reward.name), by)
    tx.about(bought.voucher)
    tx.insert(redemptions, **_columns(bought), request=request, redeemed_at=tx.now, **_UNSETTLED)
    return bought


def cancel(tx: Transaction, voucher: str, owner: str | None, by: str) -> Redemption:
    """Undone before it was handed over: a reversing entry gives the points back.

    ``owner`` None speaks for the community.

    Raises:
        Unknown: no such voucher.
        Refused: somebody else's, or too late.
    """
    before = load(tx, voucher)
    after = _saved(tx, before, domain.cancel(before, owner), by)
    spent = ledger_store.load_entry(tx, f"voucher:{before.voucher}")
    ledger_store.post(tx, ledger.undo(spent, UNDO_NOTE), by)
    _take(tx, *_load_reward(tx, before.reward), -1)
    return after


def hand_over(tx: Transaction, voucher: str, partner: str | None, by: str) -> Redemption:
    """The reward was given. ``partner`` None speaks for the community.

    Raises:
        Unknown: no such voucher.
        Refused: not this partner's to give, or it was handed over or cancelled already.
    """
    before = load(tx, voucher)
    return _saved(tx, before, domain.hand_over(before, partner), by)


def load(tx: Transaction, voucher: str) -> Redemption:
    """A voucher, by its code as people type it.

    Raises:
        Refused: it has a typing error.
        Unknown: there is none.
    """
    found = _select().where(redemptions.c.voucher == domain.read_voucher(voucher))
    row = tx.execute(found).one_or_none()
    if row is None:
        raise Unknown(f"voucher {voucher}")
    return _redemption(row)


_UNSETTLED = {"settled_at": None, "settled_by": ""}


def _of_request(tx: Transaction, owner: str, request: str | None) -> Redemption | None:
    if not request:
        return None
    mine = redemptions.c.request == request, redemptions.c.owner == owner
    row = tx.execute(_select().where(*mine)).one_or_none()
    return None if row is None else _redemption(row)


def _select() -> sa.Select[Any]:
    kept = [redemptions.c[n] for n in ("voucher", "reward", "owner", "price", "state", "version")]
    return sa.select(*kept, rewards.c.partner).join(rewards)


def _redemption(row: Any) -> Redemption:
    return Redemption(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def _columns(redemption: Redemption) -> dict[str, Any]:
    return {k: v for k, v in vars(redemption).items() if k != "partner"}


def _saved(tx: Transaction, before: Redemption, after: Redemption, by: str) -> Redemption:
    found = redemptions.c.voucher == before.voucher, redemptions.c.version == before.version
    settled = {"settled_at": tx.now, "settled_by": by}
    changed = redemptions.update().where(*found)
    tx.update(changed.values(state=after.state, version=after.version, **settled))
    return after


def _load_reward(tx: Transaction, code: str) -> tuple[Reward, int]:
    row = tx.execute(sa.select(rewards).where(rewards.c.code == code)).one_or_none()
    if row is None:
        raise Unknown(f"reward {code}")
    found = Reward(
        row.code, row.name, row.price, row.stock, row.taken, row.partner, active=row.active
    )
    return found, row.version


def _take(tx: Transaction, reward: Reward, version: int, count: int) -> None:
    found = rewards.c.code == reward.code, rewards.c.version == version
    changed = {"taken": reward.taken + count, "version": version + 1}
    store.claim(tx, rewards.update().where(*found).values(**changed))
