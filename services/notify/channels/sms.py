"""SMS through any vendor's HTTP gateway, described by variables instead of code.

The body is a template, JSON or form, in which ``{phone}``, ``{text}``, ``{code}`` (the vendor's
name of the reviewed template), ``{id}`` (ours, the same for every attempt) and ``{params}`` (the
values, a JSON object) are filled in. With a secret, the body is signed by HMAC-SHA256.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from services.notify.channels import PermanentFailure, TemporaryFailure
from services.notify.channels.http import Call, ask
from services.notify.channels.pace import Pace
from services.notify.message import SMS, Message
from shared.clock import now

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_WHOLE = "{params}"


@dataclass(frozen=True)
class Gateway:
    """How a vendor wants to be called.

    Attributes:
        body: the template of the body; of the query for GET.
        success: path in the answer and the value that means sent, e.g. ``("code", "0")``.
        receipt: path of the vendor's id of the message, or empty.
        retry_codes: values at the success path that mean: later.
        secret: signs the body; empty for none.
        codes: template -> the vendor's name of it.

    """

    url: str
    method: str
    content_type: str
    body: str
    success: tuple[str, str]
    receipt: str
    retry_codes: frozenset[str]
    secret: str
    signature_header: str
    headers: Mapping[str, str]
    codes: Mapping[str, str]


class SmsChannel:
    """Sends to the recipient's telephone."""

    name = SMS
    at_once = 10
    pace: Pace | None = None

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def send(self, message: Message) -> str:
        """Hand the text to the gateway.

        Raises:
            TemporaryFailure: not reached, busy, or an answer nobody can read.
            PermanentFailure: the gateway refuses the number or the text.

        """
        return _receipt(self._gateway, ask(request_for(self._gateway, message)))


def request_for(gateway: Gateway, message: Message) -> Call:
    """The call that sends a message."""
    filled = _fill_body(gateway, _values(gateway, message))
    headers = {**gateway.headers, **_signature(gateway, filled)}
    if gateway.method == "GET":
        glue = "&" if "?" in gateway.url else "?"
        return Call("GET", f"{gateway.url}{glue}{filled}", b"", headers)
    headers["Content-Type"] = f"{gateway.content_type}; charset=utf-8"
    return Call(gateway.method, gateway.url, filled.encode(), headers)


def sign(secret: str, timestamp: str, body: str) -> str:
    """HMAC-SHA256 of ``timestamp``, a line break and the body, in hexadecimal."""
    return hmac.new(secret.encode(), f"{timestamp}\n{body}".encode(), hashlib.sha256).hexdigest()


def at_path(answer: Any, path: str) -> Any:
    """What stands at ``data.0.id`` of a JSON answer; None where nothing does."""
    for step in path.split("."):
        if isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
            answer = answer[int(step)]
        elif isinstance(answer, dict):
            answer = answer.get(step)
        else:
            return None
    return answer


def _values(gateway: Gateway, message: Message) -> dict[str, Any]:
    return {
        "phone": message.recipient.phone,
        "text": message.body,
        "code": gateway.codes.get(message.template, ""),
        "id": message.id,
        "params": dict(message.params),
    }


def _fill_body(gateway: Gateway, values: Mapping[str, Any]) -> str:
    if gateway.content_type == JSON and gateway.method != "GET":
        return json.dumps(_fill_json(json.loads(gateway.body), values), ensure_ascii=False)
    pairs = parse_qsl(gateway.body, keep_blank_values=True)
    return urlencode([(name, _fill_text(text, values)) for name, text in pairs])


def _fill_json(part: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(part, dict):
        return {name: _fill_json(inner, values) for name, inner in part.items()}
    if isinstance(part, list):
        return [_fill_json(inner, values) for inner in part]
    if part == _WHOLE:
        return values["params"]
    return _fill_text(part, values) if isinstance(part, str) else part


def _fill_text(text: str, values: Mapping[str, Any]) -> str:
    """Fill in placeholders; what is filled in is not looked at again."""
    pieces = []
    while text:
        before, brace, rest = text.partition("{")
        name, closing, after = rest.partition("}")
        pieces.append(before)
        if not brace:
            break
        if not closing or name not in values:
            pieces.append("{")
            text = rest
            continue
        value = values[name]
        pieces.append(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        text = after
    return "".join(pieces)


def _signature(gateway: Gateway, body: str) -> dict[str, str]:
    if not gateway.secret:
        return {}
    timestamp = str(int(now().timestamp()))
    return {
        "X-Timestamp": timestamp,
        gateway.signature_header: sign(gateway.secret, timestamp, body),
    }


def _receipt(gateway: Gateway, answer: Any) -> str:
    path, wanted = gateway.success
    told = at_path(answer, path)
    if told is None:
        raise TemporaryFailure(f"the gateway's answer has no {path}: {_as_text(answer)[:200]}")
    if _as_text(told) == wanted:
        return _as_text(at_path(answer, gateway.receipt) if gateway.receipt else told)
    said = f"{path} is {_as_text(told)}: {_as_text(answer)[:300]}"
    if _as_text(told) in gateway.retry_codes:
        raise TemporaryFailure(said)
    raise PermanentFailure(said)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
