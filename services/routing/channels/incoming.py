"""A department's reply that comes as a webhook: who sent it, then as if it had come by the bus."""

import json
from collections.abc import Mapping
from typing import Any

from services.routing import replies
from services.routing.channels import store
from services.routing.channels.channel import WEBHOOK
from services.routing.channels.signatures import BadSignature, verify
from services.routing.replies import ACCOUNT, Outcome
from services.routing.rules import Reason
from shared.bus.transport import Delivery
from shared.clock import now
from shared.contracts.departments import VERBS
from shared.runtime import Runtime
from shared.web.i18n import msgid
from shared.web.problem import FieldError, Problem

MOST_ERRORS = 50
LONGEST_ERROR = 300
_UNKNOWN = (
    msgid("签名不对，或已过时"),
    msgid("请用平台给的密钥按 Standard Webhooks 签名，时间与标准时间相差不超过 5 分钟"),
)
_VERB_OF = {contract.type: verb for verb, contract in VERBS.items()}


def receive(runtime: Runtime, department: str, headers: Mapping[str, str], body: bytes) -> Outcome:
    """Apply a reply; once by its own id, whatever its ``webhook-id``.

    Raises:
        Problem: 401 for whoever does not prove to be the department, the same for every reason.
    """
    _check(runtime, department, headers, body)
    delivery = Delivery(
        queue="",
        routing_key=f"reply.{_verb(body)}.{department}",
        body=body,
        user_id=f"{ACCOUNT}{department}",
    )
    return runtime.database.run(lambda tx: replies.take_letter(tx, delivery, replies.WEBHOOK))


def refusal(outcome: Outcome) -> Problem:
    """Why a reply changed nothing, field by field; the first time or again."""
    reason = outcome.reason
    if isinstance(reason, Reason) and reason.field == "order":
        error = FieldError(reason.field, reason.text, reason.remedy, reason.values)
        return Problem(409, "refused", reason.text, [error], values=reason.values)
    errors = outcome.errors or {"": [str(reason or "")]}
    said = [
        FieldError(path[:100], "%(said)s", "", {"said": text[:LONGEST_ERROR]})
        for path, text in _flat(errors)
    ]
    title = msgid("答复没有被采纳")
    return Problem(422, "refused", title, said[:MOST_ERRORS], detail=_UNCHANGED)


_UNCHANGED = msgid("工单没有变化。请改正后换一个新的 id 再发。")


def _check(runtime: Runtime, department: str, headers: Mapping[str, str], body: bytes) -> None:
    with runtime.database.read() as connection:
        channel = store.channel_in(connection, department)
    known = channel is not None and channel.active and channel.kind == WEBHOOK
    keys = channel.secrets(now()) if channel is not None and known else ()
    try:
        verify(keys, headers, body, now())
    except BadSignature as error:
        fields = [FieldError(str(error), *_UNKNOWN)]
        raise Problem(401, "signature", _UNKNOWN[0], fields, detail=_UNKNOWN[1]) from error


def _verb(body: bytes) -> str:
    """What its type says it is; whatever else it is, is found out when it is read."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    type_ = envelope.get("type") if isinstance(envelope, dict) else None
    return _VERB_OF.get(type_, "") if isinstance(type_, str) else ""


def _flat(errors: Any, path: str = "") -> list[tuple[str, str]]:
    """Errors of fields, nested as they are, as pairs of dotted path and words."""
    if isinstance(errors, Mapping):
        inside = [(f"{path}.{key}".strip("."), value) for key, value in errors.items()]
        return [pair for key, value in inside for pair in _flat(value, key)]
    if isinstance(errors, (list, tuple)):
        return [pair for one in errors for pair in _flat(one, path)]
    return [(path, str(errors))]
