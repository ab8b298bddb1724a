"""Every event: owner, consumers, version, schema, example. The one registry of what services say.

The topology of the bus, ``docs/events.md`` and ``docs/asyncapi.yaml`` are made from it.
"""

from shared.contracts import departments, intake, notify, partners, routing
from shared.contracts.contract import DEPARTMENTS, Contract, ContractSchema, ContractViolation

SERVICES = ("intake", "routing", "notify", "partners")
REGISTRY: tuple[Contract, ...] = (
    *intake.CONTRACTS,
    *routing.CONTRACTS,
    *departments.CONTRACTS,
    *partners.CONTRACTS,
    *notify.CONTRACTS,
)
BY_TYPE = {contract.type: contract for contract in REGISTRY}


def heard_by(consumer: str, owner: str) -> tuple[Contract, ...]:
    """The contracts of ``owner`` that ``consumer`` must handle."""
    return tuple(c for c in REGISTRY if c.owner == owner and consumer in c.consumers)


__all__ = [
    "BY_TYPE",
    "DEPARTMENTS",
    "REGISTRY",
    "SERVICES",
    "Contract",
    "ContractSchema",
    "ContractViolation",
    "heard_by",
]
