"""partners 合伙人: what it hears, serves and runs on a timer."""

from nameko.timer import timer

from services.partners import handlers, handlers_partners, people
from services.partners.models import ended_sessions
from services.partners.site import create_app
from shared import sessions
from shared.bus.subscription import Batch, subscribe
from shared.contracts import intake, intake_ways
from shared.hosting import Site
from shared.runtime import RuntimeProvider

LOOK_AT_OFFERS = 60
HOUR = 3600
"""Seconds."""


class PartnersService:
    """Community partners: needs offered and met, points earned and spent."""

    name = "partners"
    runtime = RuntimeProvider()
    site = Site(create_app)

    @subscribe(
        "intake",
        {
            intake.need_raised: handlers.take_need,
            intake.closed: handlers.case_closed,
            intake.withdrawn: handlers.case_withdrawn,
            intake_ways.refused: handlers.case_withdrawn,
            intake.person_corrected: people.correct,
            intake.person_erased: people.erase,
            intake.sessions_ended: sessions.hear(ended_sessions),
        },
    )
    def hear_intake(self, batch: Batch) -> None:
        """Needs of cases, and how the cases end."""
        batch.apply()

    @timer(interval=LOOK_AT_OFFERS)
    def look_at_offers(self) -> None:
        """What nobody took in time is unmet."""
        handlers.expire_offers(self.runtime)

    @timer(interval=HOUR, eager=True)
    def take_pack(self) -> None:
        """The pack's partners, at once when the service starts."""
        handlers_partners.take_pack(self.runtime)

    @timer(interval=HOUR)
    def forget_old_sessions(self) -> None:
        """Ended sessions whose tokens have all run out."""
        self.runtime.database.run(sessions.forget_old_of(ended_sessions))


SERVICE = PartnersService
