"""Keeping it little: what was brought or answered long ago, and what nobody can read."""

import structlog

from services.routing import replies
from services.routing.channels import handlers, queues
from shared.bus.transport import BusUnavailable
from shared.db import Unavailable
from shared.runtime import Runtime

log = structlog.get_logger(__name__)


def forget(runtime: Runtime) -> None:
    """One round; what cannot be done now is done in the next."""
    try:
        for forget_some in (handlers.forget_old, replies.forget_words):
            while runtime.database.run(forget_some):
                pass
        queues.trim(runtime)
    except (Unavailable, BusUnavailable) as error:
        log.warning("deliveries_kept_longer", error=str(error))
