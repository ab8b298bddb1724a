"""The departments' queues: how much waits in them, and keeping those small that nobody reads."""

from typing import Any

import structlog

from services.routing.channels import handlers, store
from shared.bus.topology import department_queue
from shared.bus.transport import BusUnavailable
from shared.clock import now
from shared.runtime import Runtime

log = structlog.get_logger(__name__)

KEPT_IN_PROCESS = 1000
"""Messages of a department's queue that the in-process bus keeps: nobody outside can read them."""


def look(runtime: Runtime) -> int:
    """Ask the broker how long the queues of departments with AMQP are; returns how many."""
    channels = runtime.database.run(handlers.claim_queues)
    if not channels:
        return 0
    with runtime.database.read() as connection:
        before = store.relayed_before(connection, now())
    try:
        depths = depths_of(runtime.transport, [one.department for one in channels])
    except BusUnavailable as error:
        log.warning("queues_not_seen", error=str(error))
        return 0
    for department, depth in depths.items():
        runtime.database.run(lambda tx, d=department, n=depth: handlers.looked(tx, d, n, before))  # type: ignore[misc]
    return len(depths)


def depths_of(transport: Any, departments: list[str]) -> dict[str, int]:
    """Department -> messages that are ready in its queue; what was fetched, acked or not, is not.

    Raises:
        BusUnavailable: the broker cannot be asked.
    """
    queues = {department_queue(code): code for code in departments}
    return {queues[queue]: depth for queue, depth in transport.depths(queues).items()}


def trim(runtime: Runtime) -> int:
    """On the in-process bus: forget all but the newest messages of departments' queues.

    RabbitMQ's queues are the departments' own; docs/operations.md says how one is emptied.
    """
    forget = getattr(runtime.transport, "forget_all_but", None)
    if forget is None:
        return 0
    queues = [department_queue(code) for code in runtime.district.departments]
    return sum(forget(queue, KEPT_IN_PROCESS) for queue in queues)
