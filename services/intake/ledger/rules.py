"""What may not be written into the ledger: each rule a function that gives a reason or None."""

from services.intake.acceptance import read_phone
from services.intake.ledger.demand import Heard
from services.intake.ledger.pack import LedgerRules
from services.intake.reason import Reason, msgid
from shared.district import Choice, District

MOST_TAGS = 8


def something_said(field: str, text: str) -> Reason | None:
    """Words are needed."""
    if text.strip():
        return None
    return Reason(field, msgid("没有写内容"), msgid("请写一句"))


def theme_known(rules: LedgerRules, code: str) -> Reason | None:
    """A theme of the pack, or none said."""
    if not code or rules.theme(code):
        return None
    return Reason("theme", msgid("没有这一类"), msgid("请重新选"))


def channel_known(channels: tuple[Choice, ...], code: str) -> Reason | None:
    """A channel of the pack."""
    if any(channel.code == code for channel in channels):
        return None
    return Reason("channel", msgid("没有这种来源"), msgid("请重新选"))


def item_known(district: District, code: str) -> Reason | None:
    """An item of the catalogue as it holds now, or none."""
    if not code or code in district.items:
        return None
    return Reason("item", msgid("没有这个事项"), msgid("请从事项目录里选"))


def few_tags(tags: tuple[str, ...]) -> Reason | None:
    """So many that a line still holds them."""
    if len(tags) <= MOST_TAGS:
        return None
    text = msgid("标签太多了，最多 %(n)s 个")
    return Reason("tags", text, msgid("请只留要紧的"), {"n": MOST_TAGS})


def phone_read(heard: Heard) -> str | Reason:
    """The telephone as it is kept; empty where none was given; or why it is none."""
    if not heard.phone.strip():
        return ""
    read = read_phone(heard.phone)
    return read if isinstance(read, str) else Reason("phone", read.text, read.remedy)
