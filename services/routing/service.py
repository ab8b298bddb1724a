"""What routing hears, serves and runs on a timer."""

from nameko.timer import timer

from services.routing import handlers, people, replies, timers, timers_calendar
from services.routing.channels import queues, upkeep
from services.routing.channels.sender import Carrier
from services.routing.models import ended_sessions
from services.routing.problems import candidate_handlers, cluster_handlers
from services.routing.site import create_app
from services.routing.suggesting import handlers as learning
from shared import sessions
from shared.bus.subscription import Batch, subscribe
from shared.contracts import intake, intake_ways
from shared.hosting import Site
from shared.runtime import RuntimeProvider

HOUR = 3600
LEARNING = 300
"""Seconds."""


class RoutingService:
    """Work orders: from a transferred case to the department's answer."""

    name = "routing"
    runtime = RuntimeProvider()
    carrier = Carrier()
    site = Site(create_app)

    @subscribe(
        "intake",
        {
            intake.transferred: handlers.open_order,
            intake.withdrawn: handlers.cancel_order,
            intake.closed: handlers.close_order,
            intake_ways.refused: handlers.close_order,
            intake_ways.handed_over: handlers.hand_over,
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
        """Whatever is due by now, once each: late clocks, what nobody signed, pauses that end."""
        timers.look(self.runtime)

    @timer(interval=HOUR, eager=True)
    def look_at_calendar(self) -> None:
        """Deadlines counted before a year's holidays were known."""
        timers_calendar.look(self.runtime)

    @timer(interval=30)
    def settle_early(self) -> None:
        """Facts that crossed their order on the way."""
        handlers.settle_early(self.runtime)

    @timer(interval=1)
    def bring_to_departments(self) -> None:
        """What waits for webhooks and mail."""
        self.carrier.send_due()

    @timer(interval=15)
    def look_at_queues(self) -> None:
        """How much waits for departments that read a queue."""
        queues.look(self.runtime)

    @timer(interval=30)
    def look_for_clusters(self) -> None:
        """New orders join those of the same place, matter and words."""
        cluster_handlers.look(self.runtime)

    @timer(interval=HOUR)
    def look_for_problems(self) -> None:
        """What is long unsolved, between departments or at the highest level is proposed."""
        candidate_handlers.look(self.runtime)

    @timer(interval=HOUR)
    def forget_deliveries(self) -> None:
        """What was brought or answered long ago; what nobody can read on the in-process bus."""
        upkeep.forget(self.runtime)

    @timer(interval=LEARNING, eager=True)
    def learn(self) -> None:
        """Confirmed dispatches are counted once; what any replica counted is known here."""
        learning.count_confirmed(self.runtime)
        learning.refresh(self.runtime)

    @timer(interval=HOUR)
    def forget_old_sessions(self) -> None:
        """Ended sessions whose tokens have all run out."""
        self.runtime.database.run(sessions.forget_old_of(ended_sessions))


SERVICE = RoutingService
