"""Exchanges, queues and bindings are those that department systems and operators rely on."""

import pytest

from shared.bus.topology import Binding, build, matches, queue_name, sources_of
from shared.contracts import DEPARTMENTS, REGISTRY, SERVICES
from shared.district import load

DISTRICT = tuple(load("xiangshan").departments)


def test_the_exchanges_are_exactly_these() -> None:
    assert set(build(DISTRICT).exchanges) == {
        "intake.events",
        "routing.events",
        "notify.events",
        "partners.events",
        "department.replies",
    }


def test_a_department_hears_everything_that_ends_with_its_code_and_nothing_else() -> None:
    bindings = [b for b in build(DISTRICT).bindings if b.queue == "department.ga"]
    assert bindings == [Binding("routing.events", "*.*.ga", "department.ga")]


def test_every_department_of_the_district_has_a_queue() -> None:
    assert {f"department.{code}" for code in DISTRICT} <= set(build(DISTRICT).queues)


def test_every_pair_of_consumer_and_producer_has_one_queue() -> None:
    wanted = {f"{c}.from_{owner}" for c in SERVICES for owner in sources_of(c)}
    inside = {q for q in build(DISTRICT).queues if not q.startswith("department.")}
    assert inside == wanted
    assert "routing.from_intake" in inside
    assert "routing.from_departments" in inside


def test_every_exchange_a_contract_speaks_to_exists() -> None:
    assert {contract.exchange for contract in REGISTRY} <= set(build(()).exchanges)


def test_every_binding_leads_from_an_exchange_to_a_queue_that_exist() -> None:
    topology = build(DISTRICT)
    assert {b.exchange for b in topology.bindings} <= set(topology.exchanges)
    assert {b.queue for b in topology.bindings} == set(topology.queues)


def test_replies_of_any_department_are_bound_verb_by_verb() -> None:
    keys = {b.pattern for b in build(()).bindings if b.exchange == "department.replies"}
    verbs = (
        "signed",
        "contacted",
        "progressed",
        "return_requested",
        "extension_requested",
        "completed",
    )
    assert keys == {f"reply.{verb}.*" for verb in verbs}


def test_routing_hears_intake_and_the_departments() -> None:
    assert sources_of("routing") == ("intake", DEPARTMENTS)
    assert queue_name("routing", "intake") == "routing.from_intake"


@pytest.mark.parametrize(
    ("pattern", "key", "fits"),
    [
        ("*.*.ga", "order.dispatched.ga", True),
        ("*.*.ga", "order.dispatched.zj", False),
        ("*.*.ga", "order.signed", False),
        ("order.dispatched.*", "order.dispatched.ga", True),
        ("order.signed", "order.signed", True),
        ("order.signed", "order.signed.ga", False),
        ("*", "a.b", False),
    ],
)
def test_a_star_is_one_word(pattern: str, key: str, fits: bool) -> None:
    assert matches(pattern, key) is fits
