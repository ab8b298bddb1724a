"""What a line department's system may answer: the six verbs of the department protocol.

A reply is published to exchange ``department.replies`` with key ``reply.<verb>.<code>``. Its
CloudEvents ``id`` is the reply's own: sent twice, it changes nothing.
"""

from marshmallow import fields

from shared.contracts.contract import DEPARTMENTS, Contract, ContractSchema
from shared.contracts.fields import can_be_kept, department_code, identifier, moment, text
from shared.contracts.routing_facts import ORDER


class Reply(ContractSchema):
    """What every reply carries."""

    order = identifier()
    officer = text(60, load_default="")


class Signed(Reply):
    """We take it."""

    note = text(1000, load_default="")


class Contacted(Reply):
    """We spoke with the resident (within one hour, N)."""

    note = text(1000, load_default="")
    at = moment(load_default=None, allow_none=True)


class Progressed(Reply):
    """What has been done so far."""

    note = text(4000, required=True)


class ReturnRequest(Reply):
    """Not our remit: a reason, a legal ground and, where known, the right department (A50)."""

    reason = text(1000, required=True)
    legal_ground = text(500, required=True)
    proposed_department = department_code(load_default=None, allow_none=True)


class ExtensionRequest(Reply):
    """More time, once, approved by the unit's head before the deadline (A50)."""

    reason = text(1000, required=True)
    approved_by = text(60, required=True)


class Completed(Reply):
    """Done: what the resident will read. `reviewed_by`: the unit's leader who read it first (N)."""

    result = text(4000, required=True)
    reviewed_by = text(60, load_default="")
    outcome = fields.String(load_default="solved", validate=can_be_kept)


def _reply(
    verb: str, schema: type[ContractSchema], example: dict[str, object], summary: str
) -> Contract:
    body = {"order": ORDER, "officer": "赵警官"} | example
    return Contract(
        f"reply.{verb}", 1, DEPARTMENTS, ("routing",), schema, body, summary, to_department=True
    )


signed = _reply("signed", Signed, {"note": ""}, "We take it.")
contacted = _reply("contacted", Contacted, {"note": "已电话联系"}, "We spoke with the resident.")
progressed = _reply("progressed", Progressed, {"note": "已现场查看"}, "What has been done so far.")
return_requested = _reply(
    "return_requested",
    ReturnRequest,
    {"reason": "属城管职责", "legal_ground": "市容管理条例第十条", "proposed_department": "cg"},
    "Not our remit.",
)
extension_requested = _reply(
    "extension_requested",
    ExtensionRequest,
    {"reason": "需会同检测机构", "approved_by": "周局长"},
    "We need more time.",
)
completed = _reply("completed", Completed, {"result": "已约谈店主。", "outcome": "solved"}, "Done.")

CONTRACTS = (signed, contacted, progressed, return_requested, extension_requested, completed)
VERBS = {contract.name.removeprefix("reply."): contract for contract in CONTRACTS}
"""verb -> contract, e.g. ``completed``."""
