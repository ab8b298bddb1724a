"""Strategies of messages: what a department or a service would send, and what it never should."""

import copy
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from shared.bus.transport import Delivery
from shared.contracts import Contract
from shared.contracts.departments import VERBS

_PIT = re.compile(rb'"\{pit of (\d+)\}"')


def _pit(found: re.Match[bytes]) -> bytes:
    """A value nested so deep, written without the recursion that would end this test first."""
    pairs = int(found[1]) // 2
    return b'{"a":[' * pairs + b'"x"' + b"]}" * pairs


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
"""Every code point there is, halves of surrogate pairs too."""
ODD_TEXT = st.sampled_from(
    [
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
    ]
)
ODD_NUMBER = st.sampled_from(
    [0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf")]
)
ODD_THING = st.sampled_from([None, True, False, [], {}, [[]], {"": {"": []}}, [None] * 300])
DEEP = st.sampled_from([10, 90, 400, 900, 20_000]).map("{{pit of {}}}".format)
ODD = ODD_TEXT | ODD_NUMBER | ODD_THING | ANY_TEXT | DEEP
NAMES = (
    st.sampled_from(["", "id", "data", "\ud800", "\x00", "__class__", "$ref", "extra"]) | ANY_TEXT
)
BYTES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
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
        ]
    ),
)
HEADER = st.one_of(
    st.sampled_from(
        ["", "dept-ga", "dept-ga-2", "dept-cg", "dept-", "guest", "\x00", "\ud800", "x" * 255]
    ),
    ANY_TEXT,
)


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


@st.composite
def broken(draw: Any, contracts: Sequence[Contract]) -> bytes:
    """Bytes made of a valid message by one to three blows; now and then just bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(BYTES)
    contract = draw(st.sampled_from(contracts))
    event_id = draw(st.sampled_from(["twice", "again"]) | st.uuids().map(str))
    event = envelope(contract, event_id, contract.example, draw(st.integers(0, 12)))
    for _ in range(draw(st.integers(1, 3))):
        _strike(draw, event)
    body = written(event)
    return body[: draw(st.integers(0, len(body)))] if draw(st.integers(0, 9)) == 0 else body


def _strike(draw: Any, event: dict[str, Any]) -> None:
    """Take something away, put something odd in its place, or add what nobody asked for."""
    target = event
    while draw(st.booleans()):
        inside = [value for value in target.values() if isinstance(value, dict) and value]
        if not inside:
            break
        target = draw(st.sampled_from(inside))
    blow = draw(st.sampled_from(["drop", "replace", "replace", "replace", "add"]))
    if blow == "add" or not target:
        target[draw(NAMES)] = draw(ODD)
        return
    name = draw(st.sampled_from(list(target)))
    if blow == "drop":
        del target[name]
    else:
        target[name] = draw(ODD)


@st.composite
def stray_event(draw: Any, queue: str, contracts: Sequence[Contract]) -> Delivery:
    """A message no service would send to this queue."""
    body = draw(broken(contracts))
    key = draw(st.sampled_from([c.key for c in contracts]) | HEADER)
    return Delivery(queue, key, body, draw(HEADER), draw(HEADER))


@st.composite
def stray_reply(draw: Any, queue: str) -> Delivery:
    """A message no department should send."""
    verbs = list(VERBS)
    verb = draw(st.sampled_from(verbs))
    body = draw(broken([VERBS[verb], VERBS[draw(st.sampled_from(verbs))]]))
    key = f"reply.{verb}.{draw(st.sampled_from(['ga', 'ga', 'cg', 'nobody', 'GA', '']))}"
    if draw(st.integers(0, 5)) == 0:
        key = draw(HEADER)
    return Delivery(queue, key, body, draw(HEADER), draw(HEADER))
