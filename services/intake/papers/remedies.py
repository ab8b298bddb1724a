"""What somebody who was refused may do, in the words of the papers; the periods are the pack's."""

from services.intake.desk.pack_values import Remedies
from shared.web.i18n import gettext, msgid

DECISION = msgid(
    "不服本决定的，可以自收到之日起 %(days)s 日内依法申请行政复议，"
    "也可以自收到之日起 %(months)s 个月内依法向人民法院提起行政诉讼。"
)
"""Of the decision 不予办理决定书."""
NOTICE = msgid(
    "对本告知不服的，可以自收到之日起 %(days)s 日内依法申请行政复议，"
    "也可以自收到之日起 %(months)s 个月内依法向人民法院提起行政诉讼。"
)
"""Of the notice 不予办理告知单, which refuses a certificate."""


def remedy_words(remedies: Remedies, paper: str = DECISION) -> str:
    """The right to 行政复议 and 行政诉讼 against this paper (A38)."""
    return gettext(paper, days=remedies.reconsideration_days, months=remedies.litigation_months)
