"""Calling somebody else's HTTP service: what each outcome means for a message.

Reasons never hold the address: a robot's or a gateway's address often contains its key.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from services.notify.channels import TIMEOUT, PermanentFailure, TemporaryFailure

LONGEST_ANSWER = 64 * 1024
"""Bytes. A longer answer is no gateway's, and is not read to its end."""
_OURS_TO_MEND = frozenset({401, 403, 407, 408, 425, 429})
"""Refusals that say nothing about the message: our credentials, our speed, their patience."""


@dataclass(frozen=True)
class Call:
    """One HTTP request."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def host(self) -> str:
        """Whom we call, without anything secret."""
        return urlsplit(self.url).hostname or "?"


def ask(call: Call) -> Any:
    """Make the call and return its JSON answer.

    Raises:
        TemporaryFailure: not reached, no answer in time, a fault on their side or in our
            credentials, or an answer that cannot be read or is longer than ``LONGEST_ANSWER``
            (whether it was sent is not known).
        PermanentFailure: they refuse the request (other 4xx).

    """
    try:
        with requests.request(
            call.method,
            call.url,
            data=call.body,
            headers=dict(call.headers),
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as answer:
            body = _begin_of(answer)
    except requests.Timeout as error:
        raise TemporaryFailure(f"{call.host}: no answer within {TIMEOUT} s") from error
    except requests.RequestException as error:
        raise TemporaryFailure(f"{call.host}: {type(error).__name__}") from error
    _check_status(call, answer, body)
    return _read(call, answer, body)


def _begin_of(answer: requests.Response) -> bytes:
    """The answer's body, or as much of it as shows that it is too long."""
    body = b""
    for chunk in answer.iter_content(8 * 1024):
        body += chunk
        if len(body) > LONGEST_ANSWER:
            break
    return body


def _check_status(call: Call, answer: requests.Response, body: bytes) -> None:
    status = answer.status_code
    if status in _OURS_TO_MEND:
        raise TemporaryFailure(f"{call.host} answered {status}", _retry_after(answer))
    if 400 <= status < 500:  # noqa: PLR2004 - the class of the client's faults
        raise PermanentFailure(f"{call.host} answered {status}: {_said(body)}")
    if status not in {200, 201, 202}:
        raise TemporaryFailure(f"{call.host} answered {status}", _retry_after(answer))


def _read(call: Call, answer: requests.Response, body: bytes) -> Any:
    if len(body) > LONGEST_ANSWER:
        why = f"{call.host} answered more than {LONGEST_ANSWER} bytes: {_said(body)}"
        raise TemporaryFailure(why)
    try:
        # Some gateways write GBK and say so; where nothing is said, JSON is a kind of Unicode.
        return json.loads(body.decode(answer.encoding) if answer.encoding else body)
    except (ValueError, LookupError) as error:
        why = f"{call.host} answered something that is not JSON: {_said(body)}"
        raise TemporaryFailure(why) from error


def _said(body: bytes) -> str:
    return body[:200].decode("utf-8", errors="replace")


def _retry_after(answer: requests.Response) -> float:
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else 0
