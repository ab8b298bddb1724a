"""Messages: what a department or a service would send, and what it never should.

Made by a plain `Random`, which takes a tenth of the time of Hypothesis's strategies for thousands
of messages that nobody would shrink; a batch is told by its seed.
"""

import copy
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from shared.bus.transport import Delivery
from shared.contracts import Contract
from shared.contracts.departments import VERBS

_PIT = re.compile(rb'"\{pit of (\d+)\}"')


def _pit(found: re.Match[bytes]) -> bytes:
    """A value nested so deep, written without the recursion that would end this test first."""
    pairs = int(found[1]) // 2
    return b'{"a":[' * pairs + b'"x"' + b"]}" * pairs


_CODE_POINTS = (
    (0x00, 0x1F),
    (0x20, 0x7E),
    (0x80, 0x2FF),
    (0x300, 0x36F),
    (0x2000, 0x206F),
    (0x4E00, 0x9FFF),
    (0xD800, 0xDFFF),
    (0xE000, 0xFFFF),
    (0x00, 0xFFFF),
    (0x10000, 0x10FFFF),
)
"""Every one there is, halves of surrogate pairs too; those that make trouble more often."""
_LONGEST = 12
ODD_TEXT = (
    "",
    " ",
    "\x00",
    "\ud800",
    "王\udfff",
    "\u202e反",
    "\ufeff",
    "e\u0301" * 40,
    "🧧" * 30,
    "x" * 201,
    "百" * 70_000,
    "'; DROP TABLE cases; --",
    "{{7*7}}",
    "%s%(x)s%n",
    "../../etc/passwd",
    "2026-11-21",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-11-21T09:12:00",
    "ga",
    "GA",
    "nobody",
    "NaN",
    "null",
    "true",
    "1e400",
    "-0",
    "undefined",
    "ﬁ",
    "İ",
    "\u2028",
    "\u3000",
    "１２",
    "2026-02-30T25:61:61+08:00",
)
ODD_NUMBER = (
    *(0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**400),
    *(0.5, -0.0, 1e308, 5e-324, float("nan"), float("inf")),
)
ODD_THING: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"": {"": []}}, [None] * 300)
DEEP = tuple(f"{{pit of {depth}}}" for depth in (10, 90, 400, 900, 20_000))
NAMES = ("", "id", "data", "\ud800", "\x00", "__class__", "$ref", "extra")
BYTES = (
    b"",
    b"null",
    b"[]",
    b"0",
    b'"id"',
    b"{",
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"1" * 5_000,
    b'{"id":' + b"1" * 5_000 + b"}",
    '{"id":"百"}'.encode("gb18030"),
    '{"specversion":"1.0"}'.encode("utf-16"),
)
HEADER = ("", "dept-ga", "dept-ga-2", "dept-cg", "dept-", "guest", "\x00", "\ud800", "x" * 255)


def any_text(chance: Random) -> str:
    """Up to twelve characters of any kind."""
    return "".join(_character(chance) for _ in range(chance.randint(0, _LONGEST)))


def _character(chance: Random) -> str:
    return chr(chance.randint(*chance.choice(_CODE_POINTS)))


def odd(chance: Random) -> Any:
    """What should stand nowhere in a message."""
    kind = chance.choice((ODD_TEXT, ODD_NUMBER, ODD_THING, DEEP, ()))
    return copy.deepcopy(chance.choice(kind)) if kind else any_text(chance)


def header(chance: Random) -> str:
    """What may stand in a header or a routing key."""
    return chance.choice(HEADER) if chance.randrange(2) else any_text(chance)


def envelope(contract: Contract, event_id: str, data: Mapping[str, Any], version: int) -> Any:
    """A CloudEvent as this contract wants it."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "type": contract.type,
        "source": f"/{contract.owner}",
        "subject": str(data.get("number", "")),
        "time": "2026-11-21T09:12:00+08:00",
        "datacontenttype": "application/json",
        "aggregateversion": version,
        "data": copy.deepcopy(dict(data)),
    }


def written(event: Any) -> bytes:
    """The envelope as bytes, whatever stands in it; halves of pairs as JSON escapes them."""
    return _PIT.sub(_pit, json.dumps(event).encode())


def broken(chance: Random, contracts: Sequence[Contract]) -> bytes:
    """Bytes made of a valid message by one to three blows; now and then just bytes."""
    if chance.randrange(10) == 0:
        return (
            chance.choice(BYTES) if chance.randrange(2) else chance.randbytes(chance.randrange(41))
        )
    contract = chance.choice(contracts)
    event = envelope(contract, _event_id(chance), contract.example, chance.randint(0, 12))
    for _ in range(chance.randint(1, 3)):
        _strike(chance, event)
    body = written(event)
    return body[: chance.randint(0, len(body))] if chance.randrange(10) == 0 else body


def _event_id(chance: Random) -> str:
    if chance.randrange(2):
        return chance.choice(("twice", "again"))
    return str(uuid.UUID(int=chance.getrandbits(128)))


def _strike(chance: Random, event: dict[str, Any]) -> None:
    """Take something away, put something odd in its place, or add what nobody asked for."""
    target = event
    while chance.randrange(2):
        inside = [value for value in target.values() if isinstance(value, dict) and value]
        if not inside:
            break
        target = chance.choice(inside)
    blow = chance.choice(("drop", "replace", "replace", "replace", "add"))
    if blow == "add" or not target:
        name = chance.choice(NAMES) if chance.randrange(2) else any_text(chance)
        target[name] = odd(chance)
        return
    name = chance.choice(list(target))
    if blow == "drop":
        del target[name]
    else:
        target[name] = odd(chance)


def stray_event(chance: Random, queue: str, contracts: Sequence[Contract]) -> Delivery:
    """A message no service would send to this queue."""
    key = chance.choice(contracts).key if chance.randrange(2) else header(chance)
    return Delivery(queue, key, broken(chance, contracts), header(chance), header(chance))


def stray_reply(chance: Random, queue: str) -> Delivery:
    """A message no department should send."""
    verb, other = chance.choice(list(VERBS)), chance.choice(list(VERBS))
    key = f"reply.{verb}.{chance.choice(('ga', 'ga', 'cg', 'nobody', 'GA', ''))}"
    if chance.randrange(6) == 0:
        key = header(chance)
    body = broken(chance, [VERBS[verb], VERBS[other]])
    return Delivery(queue, key, body, header(chance), header(chance))
