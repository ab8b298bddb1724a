"""Every contract is whole: a fitting example, somebody who hears it, a key that reaches them."""

from importlib import import_module
from importlib.util import find_spec

import jsonschema
import pytest

from shared.bus.subscription import Subscription
from shared.bus.topology import build, matches
from shared.contracts import DEPARTMENTS, REGISTRY, SERVICES, Contract, ContractViolation, heard_by
from tools.schemas import components, example_event, example_key, inlined

LINKS = [
    (consumer, owner)
    for consumer in SERVICES
    for owner in (*SERVICES, DEPARTMENTS)
    if heard_by(consumer, owner)
]
each_contract = pytest.mark.parametrize("contract", REGISTRY, ids=lambda c: c.type)


def unheard(contracts) -> list[str]:
    """Contracts nobody hears, or that name somebody who is no service."""
    found = []
    for contract in contracts:
        found += [
            f"{contract.type}: {c} is no service" for c in contract.consumers if c not in SERVICES
        ]
        if not contract.consumers and not contract.to_department:
            found.append(f"{contract.type}: nobody hears it")
    return found


def subscriptions(service: type) -> dict[str, set[Contract] | None]:
    """By the owner heard: the contracts handled, or None where the handler takes what comes."""
    entrypoints = [
        vars(entrypoint)
        for name in dir(service)
        for entrypoint in getattr(getattr(service, name), "nameko_entrypoints", ())
        if isinstance(entrypoint, Subscription)
    ]
    return {e["_source"]: None if e["_raw"] else set(e["_handlers"]) for e in entrypoints}


def unhandled(service: type, name: str) -> list[str]:
    """Contracts that name the service as consumer and have no handler there, and the reverse."""
    found, heard = [], subscriptions(service)
    for owner in (*SERVICES, DEPARTMENTS):
        given = heard.get(owner, set())
        if given is None:
            continue  # checked and answered by the handler itself
        wanted = set(heard_by(name, owner))
        found += [f"{name} does not handle {contract.type}" for contract in wanted - given]
        found += [f"{name} is not named by {contract.type}" for contract in given - wanted]
    return sorted(found)


@each_contract
def test_the_example_keeps_the_contract(contract: Contract) -> None:
    contract.check(contract.example)


@each_contract
def test_the_example_fits_the_json_schema_and_uses_every_field(contract: Contract) -> None:
    schema = inlined(contract)
    jsonschema.validate(contract.example, schema, cls=jsonschema.Draft202012Validator)
    assert set(contract.example) <= set(schema["properties"])


@each_contract
def test_a_missing_required_field_breaks_the_contract_by_name(contract: Contract) -> None:
    for name in inlined(contract)["required"]:
        without = {key: value for key, value in contract.example.items() if key != name}
        with pytest.raises(ContractViolation) as caught:
            contract.check(without)
        assert name in caught.value.errors


@each_contract
def test_fields_of_tomorrow_are_ignored_today(contract: Contract) -> None:
    contract.check({**contract.example, "something_new": 1})


def test_types_are_unique() -> None:
    types = [contract.type for contract in REGISTRY]
    assert len(types) == len(set(types))


def test_every_contract_is_heard() -> None:
    assert unheard(REGISTRY) == []


def test_an_unheard_contract_is_found() -> None:
    good = REGISTRY[0]
    silent = Contract("case.x", 1, "intake", (), good.schema, good.example, "")
    stranger = Contract("case.y", 1, "intake", ("weather",), good.schema, good.example, "")
    assert unheard([silent, stranger]) == [
        "cn.baitong.case.x.v1: nobody hears it",
        "cn.baitong.case.y.v1: weather is no service",
    ]


@each_contract
def test_the_owner_is_a_service_or_the_departments(contract: Contract) -> None:
    assert contract.owner in (*SERVICES, DEPARTMENTS)


@each_contract
def test_the_key_reaches_every_listener_and_the_department(contract: Contract) -> None:
    reached = {
        binding.queue
        for binding in build(("ga", "zj")).bindings
        if binding.exchange == contract.exchange and matches(binding.pattern, example_key(contract))
    }
    wanted = {f"{consumer}.from_{contract.owner}" for consumer in contract.consumers}
    if contract.to_department and contract.owner != DEPARTMENTS:
        wanted.add("department.ga")
    assert reached == wanted


@each_contract
def test_the_example_is_a_whole_event(contract: Contract) -> None:
    event = example_event(contract)
    assert event["type"] == contract.type
    assert event["subject"]
    assert event["data"] == contract.example


def test_two_schemas_of_one_name_are_refused() -> None:
    class Item(REGISTRY[0].schema):  # the catalogue's item is called so too
        pass

    clash = Contract("case.z", 1, "intake", ("notify",), Item, REGISTRY[0].example, "")
    with pytest.raises(ValueError, match="Item: in"):
        components([*REGISTRY, clash])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_handles_what_names_it(name: str) -> None:
    assert find_spec(f"services.{name}.service"), f"services/{name}/service.py is not there yet"
    assert unhandled(import_module(f"services.{name}.service").SERVICE, name) == []


def test_a_service_that_does_not_hear_is_found() -> None:
    class Deaf:
        name = "notify"

    missing = unhandled(Deaf, "notify")
    assert "notify does not handle cn.baitong.case.accepted.v1" in missing
    assert len(missing) == sum(len(heard_by(c, o)) for c, o in LINKS if c == "notify")
