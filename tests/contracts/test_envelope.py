"""An event as it travels: what is written can be read, what is malformed is named."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.bus.event import Event, MalformedEvent, decode, encode, new_id
from shared.contracts import REGISTRY, Contract, ContractViolation, intake
from tools.schemas import example_event

GOOD = example_event(intake.transferred)


def body(**changes: object) -> bytes:
    """The good event with some attributes changed; None removes one."""
    envelope = {**GOOD, **changes}
    return json.dumps({k: v for k, v in envelope.items() if v is not None}).encode()


@pytest.mark.parametrize("contract", REGISTRY, ids=lambda c: c.type)
def test_written_and_read_again_it_is_the_same(contract: Contract) -> None:
    event = Event(
        id=new_id(),
        type=contract.type,
        source="/intake",
        subject="相山-1",
        time=datetime(2026, 11, 21, 9, 12, tzinfo=timezone(timedelta(hours=8))),
        version=7,
        data=contract.example,
    )
    assert decode(encode(event)) == event
    assert decode(encode(event).encode()) == event
    assert event.contract is contract


def test_it_is_a_cloudevent_in_structured_mode() -> None:
    event = Event(
        "1", intake.closed.type, "/intake", "s", datetime.now(UTC), 3, intake.closed.example
    )
    envelope = json.loads(encode(event))
    assert {"specversion", "id", "source", "type"} <= set(envelope)
    assert envelope["specversion"] == "1.0"
    # names of CloudEvents attributes are lower-case letters and digits, nothing else
    assert all(name.isalnum() and name == name.lower() for name in envelope)


def test_chinese_is_written_as_chinese() -> None:
    event = Event(
        "1", intake.closed.type, "/intake", "s", datetime.now(UTC), 0, intake.closed.example
    )
    assert "供电社区" in encode(event)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (b"\xff\xfe", "body"),
        (b"{", "body"),
        (b"[1]", "body"),
        (b'"text"', "body"),
        (body(specversion=None), "specversion"),
        (body(specversion="0.3"), "specversion"),
        (body(id=None), "id"),
        (body(id=""), "id"),
        (body(id=5), "id"),
        (body(id="x" * 201), "id"),
        (body(id="a\x00b"), "id"),
        (body(type=None), "type"),
        (body(type="cn.baitong.case.transferred.v99"), "type"),
        (body(source=None), "source"),
        (body(time=None), "time"),
        (body(time="yesterday"), "time"),
        (body(time="2026-11-21T09:12:00"), "time"),
        (body(aggregateversion="3"), "aggregateversion"),
        (body(aggregateversion=-1), "aggregateversion"),
        (body(data=None), "data"),
        (body(data=[1]), "data"),
    ],
)
def test_what_is_malformed_is_named(sent: bytes, field: str) -> None:
    with pytest.raises(MalformedEvent) as caught:
        decode(sent)
    assert caught.value.field == field
    assert caught.value.reason


def test_what_is_optional_may_be_left_out() -> None:
    event = decode(body(subject=None, aggregateversion=None, datacontenttype=None))
    assert (event.subject, event.version) == ("", 0)


def test_data_against_the_contract_names_each_field() -> None:
    data = {**GOOD["data"], "community": {"code": "1", "name": "x"}, "transfer": 0}
    with pytest.raises(ContractViolation) as caught:
        decode(body(data=data))
    assert set(caught.value.errors) == {"community", "transfer"}
    assert "code" in caught.value.errors["community"]
