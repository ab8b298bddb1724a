"""What happens to partners: the pack's are taken over, others register and are approved."""

from dataclasses import replace
from functools import partial

import sqlalchemy as sa

from services.partners import ledger_store, pack, store
from services.partners import partner as domain
from services.partners.models import offerings, partners, rewards
from services.partners.pack import PackReward
from services.partners.partner import Partner
from services.partners.refusal import Reason, Refused, msgid
from shared.db import Transaction
from shared.runtime import Runtime

PACK = "pack"


def take_pack(runtime: Runtime) -> None:
    """Bring the pack's partners and rewards into the database; demo ones in the embedded run only.

    Idempotent: run at every start, by every replica. What is no longer in the pack stays as it is,
    but its rewards are redeemed no more.
    """
    known = pack.of(runtime.district)
    demo = runtime.settings.embedded
    for partner in known.partners:
        if demo or partner.origin != "demo":
            runtime.database.run(partial(_take_partner, partner=partner))
    offered = [reward for reward in known.rewards if demo or not reward.demo]
    for reward in offered:
        runtime.database.run(partial(_take_reward, reward=reward))
    runtime.database.run(partial(_end_rewards, offered={reward.code for reward in offered}))


def register(tx: Transaction, partner: Partner, by: str) -> Partner:
    """Somebody wants to be a partner: kept until it is approved.

    Raises:
        Refused: the code is taken.
    """
    taken = sa.select(partners.c.code).where(partners.c.code == partner.code)
    if tx.execute(taken).one_or_none() is not None:
        reason = Reason(msgid("这个代号已有合伙人使用"))
        raise Refused("code", reason, msgid("请换一个代号"))
    new = replace(partner, state=domain.PENDING, origin="registered", version=1)
    store.add_partner(tx, new, by)
    return new


def decide(tx: Transaction, code: str, action: str, by: str) -> Partner:
    """Approve or refuse a partner; once approved it has a passbook and is shown needs.

    Raises:
        Unknown: no such partner.
        Refused: that was decided before.
    """
    before = store.load_partner(tx, code)
    after = domain.move(before, action)
    if after.state == domain.APPROVED:
        _open_passbook(tx, after)
    found = partners.c.code == code, partners.c.version == before.version
    decided = {"state": after.state, "decided_by": by, "decided_at": tx.now}
    tx.update(partners.update().where(*found).values(version=after.version, **decided))
    return after


def _take_partner(tx: Transaction, partner: Partner) -> None:
    found = sa.select(partners.c.version).where(partners.c.code == partner.code)
    version = tx.execute(found).scalar_one_or_none()
    if version is None:
        store.add_partner(tx, partner, PACK)
    elif store.load_partner(tx, partner.code) != replace(partner, version=version):
        kept = partners.c.code == partner.code, partners.c.version == version
        values = store.partner_values(replace(partner, version=version + 1))
        tx.update(partners.update().where(*kept).values(**values))
        tx.execute(offerings.delete().where(offerings.c.partner == partner.code))
        store.add_offerings(tx, partner)
    _open_passbook(tx, partner)


def _open_passbook(tx: Transaction, partner: Partner) -> None:
    volunteer = partner.kind == domain.VOLUNTEER
    ledger_store.open_passbook(tx, partner.code, "volunteer" if volunteer else "partner")


def _take_reward(tx: Transaction, reward: PackReward) -> None:
    said = {
        "name": reward.name,
        "name_en": reward.name_en,
        "terms": reward.terms,
        "terms_en": reward.terms_en,
        "price": reward.price,
        "partner": reward.partner,
        "active": True,
    }
    row = tx.execute(sa.select(rewards).where(rewards.c.code == reward.code)).one_or_none()
    if row is None:
        new = {"code": reward.code, "stock": reward.stock, "taken": 0, "version": 1}
        store.claim_new(tx, rewards, **new, **said)
        return
    said["stock"] = max(reward.stock, row.taken)  # what was redeemed was redeemed
    if any(getattr(row, name) != value for name, value in said.items()):
        kept = rewards.c.code == reward.code, rewards.c.version == row.version
        tx.update(rewards.update().where(*kept).values(version=row.version + 1, **said))


def _end_rewards(tx: Transaction, offered: set[str]) -> None:
    gone = rewards.c.code.not_in(offered), rewards.c.active.is_(True)
    tx.execute(rewards.update().where(*gone).values(active=False, version=rewards.c.version + 1))
