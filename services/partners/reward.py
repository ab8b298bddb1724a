"""Rewards and their vouchers 兑换券: price, stock, voucher code, hand-over, undo. Plain Python."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from stdnum.iso7064 import mod_97_10

from services.partners.ledger import cannot_spend
from services.partners.refusal import Reason, Refused, allow, msgid

ISSUED, HANDED_OVER, CANCELLED = "issued", "handed_over", "cancelled"
STATES: Mapping[str, str] = {
    ISSUED: msgid("待领取"),
    HANDED_OVER: msgid("已领取"),
    CANCELLED: msgid("已取消"),
}
TRANSITIONS: Mapping[tuple[str, str], str] = {
    (ISSUED, "hand_over"): HANDED_OVER,
    (ISSUED, "cancel"): CANCELLED,
}
"""(state, action) -> state. What was handed over is not taken back."""

PREFIX: Final = "DH"
_VOUCHER = re.compile(r"DH\d{6,10}")
_SEPARATORS = re.compile(r"[\s\-‐‑–—_./·]+")
_LOOK = msgid("请核对兑换券上的号码")


@dataclass(frozen=True)
class Reward:
    """What points buy. ``taken`` never exceeds ``stock``."""

    code: str
    name: str
    price: int
    stock: int
    taken: int
    partner: str | None
    active: bool = True


@dataclass(frozen=True)
class Redemption:
    """A voucher: bought by ``owner``, handed over by the reward's partner or the community."""

    voucher: str
    reward: str
    owner: str
    price: int
    state: str
    version: int
    partner: str | None = None


def redeem(reward: Reward, balance: int) -> None:
    """Go on only if the reward can be bought.

    Raises:
        Refused: not offered any more, none left, or not enough points.
    """
    allow("reward", msgid("请看看别的兑换项目"), is_offered(reward), is_in_stock(reward))
    if cannot_spend(balance, reward.price):
        values = {"balance": balance, "price": reward.price}
        reason = Reason(msgid("积分不够：需要 %(price)s，现有 %(balance)s"), values)
        raise Refused("reward", reason, msgid("再完成几次服务就够了"))


def move(redemption: Redemption, action: str) -> Redemption:
    """The voucher after ``action``.

    Raises:
        Refused: it was handed over or cancelled already.
    """
    state = TRANSITIONS.get((redemption.state, action))
    if state is None:
        values = {"state": STATES[redemption.state]}
        reason = Reason(msgid("这张兑换券%(state)s，不能再办"), values)
        raise Refused("voucher", reason, _LOOK)
    return replace(redemption, state=state, version=redemption.version + 1)


def cancel(redemption: Redemption, actor: str | None) -> Redemption:
    """Undone by its owner, or by the community (``actor`` None), before it is handed over.

    Raises:
        Refused: somebody else's, or too late.
    """
    allow("voucher", _LOOK, is_owned_by(redemption, actor))
    return move(redemption, "cancel")


def hand_over(redemption: Redemption, actor: str | None) -> Redemption:
    """Handed over by the partner who offers the reward, or by the community (``actor`` None).

    Raises:
        Refused: not this partner's to give, or it was handed over or cancelled already.
    """
    allow("voucher", _LOOK, is_given_by(redemption, actor))
    return move(redemption, "hand_over")


def is_offered(reward: Reward) -> str | None:
    """A reward taken out of the pack is bought no more."""
    return None if reward.active else msgid("这个项目已停止兑换")


def is_in_stock(reward: Reward) -> str | None:
    """Stock never goes below zero."""
    return None if reward.taken < reward.stock else msgid("这个项目已经兑完")


def is_owned_by(redemption: Redemption, actor: str | None) -> str | None:
    """Only the owner and the community may undo."""
    return None if actor in (None, redemption.owner) else msgid("这不是您的兑换券")


def is_given_by(redemption: Redemption, actor: str | None) -> str | None:
    """Only who offers the reward, and the community, may hand it over."""
    return None if actor in (None, redemption.partner) else msgid("这张券不在您这里领取")


def voucher_code(serial: int) -> str:
    """A code that survives a typing error: DH-000042-31 (ISO 7064 MOD 97-10, as case numbers)."""
    digits = f"{serial:06d}"
    return f"{PREFIX}-{digits}-{mod_97_10.calc_check_digits(PREFIX + digits)}"


def read_voucher(text: str) -> str:
    """The code as it is stored, from what people type.

    Raises:
        Refused: it is no voucher code, or has a mistake.
    """
    compact = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not _VOUCHER.fullmatch(compact):
        raise Refused("voucher", Reason(msgid("这不像兑换券号码，应形如 DH-000042-31")), _LOOK)
    if not mod_97_10.is_valid(compact):
        raise Refused("voucher", Reason(msgid("兑换券号码的校验码不符，可能有看错的数字")), _LOOK)
    return f"{PREFIX}-{compact[2:-2]}-{compact[-2:]}"
