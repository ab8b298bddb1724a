"""What a contract is: one event, its owner, who hears it, its schema and an example."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from shared.contracts.plain import Look, looker

TYPE_PREFIX = "cn.baitong"
DEPARTMENTS = "departments"
"""The owner of replies: the line departments' own systems."""


class ContractSchema(Schema):
    """Base of every event's schema: unknown fields are ignored, so adding one breaks nobody."""

    class Meta:
        """A consumer built last year must survive a producer built today."""

        unknown = EXCLUDE


class ContractViolation(ValueError):
    """An event's data does not fit its contract.

    Attributes:
        errors: dotted field name -> reasons.

    """

    def __init__(self, contract: "Contract", errors: Mapping[str, Any]) -> None:
        self.contract = contract
        self.errors = errors
        super().__init__(f"{contract.type}: {errors}")

    @property
    def told(self) -> str:
        """What a log may say of it: the fields at fault."""
        return f"{self.contract.type}: {', '.join(map(str, self.errors))}"


@dataclass(frozen=True, eq=False)
class Contract:
    """One published event.

    Attributes:
        name: what happened, e.g. ``case.transferred``.
        version: raised only by a breaking change, beside the old one (promise 6).
        owner: the service that says it.
        consumers: the services that hear it; each must have a handler, or it does not start.
        schema: the marshmallow schema of ``data``.
        example: a complete, valid ``data``; documentation and tests use it.
        summary: one line for people.
        to_department: the routing key ends with the department's code, so that the queue
            ``department.<code>`` (bound with ``*.*.<code>``) receives it.

    """

    name: str
    version: int
    owner: str
    consumers: tuple[str, ...]
    schema: type[ContractSchema]
    example: Mapping[str, Any]
    summary: str
    to_department: bool = False

    @property
    def type(self) -> str:
        """CloudEvents ``type``, e.g. ``cn.baitong.case.transferred.v1``."""
        return f"{TYPE_PREFIX}.{self.name}.v{self.version}"

    @property
    def exchange(self) -> str:
        """The topic exchange it is published to."""
        return "department.replies" if self.owner == DEPARTMENTS else f"{self.owner}.events"

    @property
    def key(self) -> str:
        """Its routing key: the name, and from v2 on the version: hearers of v1 are spared."""
        return self.name if self.version == 1 else f"{self.name}-v{self.version}"

    @property
    def pattern(self) -> str:
        """The binding key by which a consumer's queue receives it."""
        return f"{self.key}.*" if self.to_department else self.key

    def routing_key(self, data: Mapping[str, Any]) -> str:
        """The key it is published with; ends with the department where it goes to one."""
        return f"{self.key}.{data['department']}" if self.to_department else self.key

    @cached_property
    def _schema(self) -> ContractSchema:
        return self.schema()

    @cached_property
    def _plainly_fits(self) -> Look:
        return looker(self._schema)

    def check(self, data: Mapping[str, Any]) -> None:
        """Check ``data`` against the schema.

        Raises:
            ContractViolation: naming each field and what is wrong with it.

        """
        if self._plainly_fits(data):
            return
        try:
            self._schema.load(data)
        except ValidationError as error:
            raise ContractViolation(self, _by_field(error)) from error


def _by_field(error: ValidationError) -> dict[str, Any]:
    messages = error.messages
    return messages if isinstance(messages, dict) else {"_schema": messages}
