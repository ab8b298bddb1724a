"""The generated documents say what the code says, and are themselves correct."""

import json
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from shared.bus.topology import build
from shared.contracts import DEPARTMENTS, REGISTRY
from shared.district import load
from tools import docs
from tools.asyncapi import document

DEPARTMENT_CODES = tuple(load("xiangshan").departments)


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    return yaml.load((docs.ROOT / "docs/asyncapi.yaml").read_bytes(), Loader=yaml.CSafeLoader)


def references(part: Any) -> list[str]:
    """Every $ref inside."""
    if isinstance(part, list):
        return [found for one in part for found in references(one)]
    if not isinstance(part, dict):
        return []
    own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
    return own + [found for value in part.values() for found in references(value)]


def lookup(whole: dict[str, Any], reference: str) -> Any:
    """What a local reference points to; KeyError if it is not there."""
    assert reference.startswith("#/")
    found = whole
    for step in reference[2:].split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def problems(whole: dict[str, Any]) -> list[str]:
    """References that lead nowhere, and examples that do not fit their own schema."""
    found = []
    for reference in references(whole):
        try:
            lookup(whole, reference)
        except KeyError:
            found.append(f"{reference} leads nowhere")
    if found:
        return found
    registry = Registry().with_resource("urn:bus", Resource(whole, DRAFT7))
    for name, message in whole["components"]["messages"].items():
        payload = {"$ref": f"urn:bus#/components/messages/{name}/payload"}
        validator = jsonschema.Draft7Validator(payload, registry=registry)
        for example in message["examples"]:
            found += [f"{name}: {e.message}" for e in validator.iter_errors(example["payload"])]
    return found


def test_the_documents_are_not_stale() -> None:
    assert docs.stale(docs.documents()) == [], "run python -m tools.docs"


def test_a_changed_contract_makes_the_documents_stale(monkeypatch) -> None:
    monkeypatch.setattr(REGISTRY[0].schema, "__doc__", "Something else happened.")
    assert set(docs.stale(docs.documents())) == {"docs/events.md", "docs/asyncapi.yaml"}


def test_a_missing_document_is_stale(tmp_path) -> None:
    assert docs.stale({"new.md": "text"}, tmp_path) == ["new.md"]


def test_every_reference_leads_somewhere_and_every_example_fits(written) -> None:
    assert problems(written) == []


def test_a_broken_reference_and_a_bad_example_are_found(written) -> None:
    text = json.dumps(written)
    astray = json.loads(text.replace("#/components/schemas/Community", "#/components/schemas/Town"))
    assert "#/components/schemas/Town leads nowhere" in problems(astray)
    wrong = json.loads(text.replace('"code": "340603002001"', '"code": "34"'))
    assert any("'34' does not match" in problem for problem in problems(wrong))


def test_every_contract_is_a_message_of_a_channel_that_is_sent_and_received(written) -> None:
    types = {contract.type for contract in REGISTRY}
    assert set(written["components"]["messages"]) == types
    for action in ("send", "receive"):
        operations = [o for o in written["operations"].values() if o["action"] == action]
        spoken = {m["$ref"].rsplit("/", 1)[-1] for o in operations for m in o["messages"]}
        assert spoken == types


def test_its_exchanges_and_queues_are_those_of_the_topology(written) -> None:
    topology = build(DEPARTMENT_CODES)
    amqp = [(c["address"], c["bindings"]["amqp"]) for c in written["channels"].values()]
    assert {b["exchange"]["name"] for _, b in amqp if "exchange" in b} == set(topology.exchanges)
    queues = {address for address, b in amqp if "queue" in b}
    codes = written["channels"]["department"]["parameters"]["department"]["enum"]
    outside = {f"department.{code}" for code in codes}
    assert (queues - {"department.{department}"}) | outside == set(topology.queues)


def test_departments_may_send_the_six_replies_and_nothing_else(written) -> None:
    replies = written["operations"]["department.replies"]["messages"]
    assert {m["$ref"].rsplit("/", 1)[-1] for m in replies} == {
        contract.type for contract in REGISTRY if contract.owner == DEPARTMENTS
    }


def test_another_district_has_its_own_codes() -> None:
    districts = load("xiangshan").departments
    only = {"ga": districts["ga"]}
    parameters = document(only, "1")["channels"]["department"]["parameters"]
    assert parameters["department"]["enum"] == ["ga"]
