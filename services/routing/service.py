"""What routing hears, serves and runs on a timer."""

from nameko.timer import timer

from services.routing import handlers, people, replies
from services.routing.models import ended_sessions
from services.routing.site import create_app
from shared import sessions
from shared.bus.subscription import Batch, subscribe
from shared.contracts import intake
from shared.hosting import Site
from shared.runtime import RuntimeProvider

HOUR = 3600
"""Seconds."""


class RoutingService:
    """Work orders: from a transferred case to the department's answer."""

    name = "routing"
    runtime = RuntimeProvider()
    site = Site(create_app)

    @subscribe(
        "intake",
        {
            intake.transferred: handlers.open_order,
            intake.withdrawn: handlers.cancel_order,
            intake.closed: handlers.close_order,
            intake.reopened: handlers.reopen_order,
            intake.rated: handlers.remember_rating,
            intake.person_corrected: people.correct,
            intake.person_erased: people.erase,
            intake.sessions_ended: sessions.hear(ended_sessions),
        },
    )
    def hear_intake(self, batch: Batch) -> None:
        """The life of the cases."""
        batch.apply()

    @subscribe("departments", raw=replies.take_reply)
    def hear_departments(self, batch: Batch) -> None:
        """What the departments answer; it comes from outside, so the handler checks and rejects."""
        batch.apply()

    @timer(interval=15)
    def look_at_clocks(self) -> None:
        """Late clocks are reported once; what nobody signed counts as signed."""
        handlers.raise_late(self.runtime)
        handlers.sign_unsigned(self.runtime)

    @timer(interval=30)
    def settle_early(self) -> None:
        """Facts that crossed their order on the way."""
        handlers.settle_early(self.runtime)

    @timer(interval=HOUR)
    def forget_old_sessions(self) -> None:
        """Ended sessions whose tokens have all run out."""
        self.runtime.database.run(sessions.forget_old_of(ended_sessions))


SERVICE = RoutingService
