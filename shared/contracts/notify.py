"""What notify 通知 says: only what somebody must act on."""

from shared.contracts.case_fact import NUMBER
from shared.contracts.contract import Contract, ContractSchema
from shared.contracts.fields import identifier, text


class MessageFailed(ContractSchema):
    """A resident could not be told; the owner should telephone."""

    case_number = identifier()
    message = text(40, required=True)
    channel = text(30, required=True)
    reason = text(1000, required=True)
    subject = text(200, load_default="")


failed = Contract(
    "message.failed",
    1,
    "notify",
    ("intake",),
    MessageFailed,
    {
        "case_number": NUMBER,
        "message": "m-1",
        "channel": "sms",
        "reason": "空号",
        "subject": "您的事项有结果了",
    },
    "A resident could not be told.",
)

CONTRACTS = (failed,)
