"""Intake's table of contents: what it hears, serves and runs on a timer."""

from typing import Any

from nameko.timer import timer

from services.intake import actions_files, actions_retention, facts, handlers, repeated, tries
from services.intake.models import ended_sessions
from services.intake.site import create_app
from shared import sessions
from shared.bus.subscription import subscribe
from shared.contracts import notify, partners
from shared.hosting import Site
from shared.runtime import RuntimeProvider

_TEN_MINUTES = 600
_HOUR = 3600


class IntakeService:
    """Cases: from the desk to the archive."""

    name = "intake"
    runtime = RuntimeProvider()
    site = Site(create_app)

    @subscribe("routing", facts.ORDERS)
    def hear_routing(self, batch: Any) -> None:
        """What becomes of work orders."""
        batch.apply()

    @subscribe("partners", dict.fromkeys(partners.CONTRACTS, facts.need_told))
    def hear_partners(self, batch: Any) -> None:
        """What becomes of needs."""
        batch.apply()

    @subscribe("notify", {notify.failed: facts.message_failed})
    def hear_notify(self, batch: Any) -> None:
        """Whom no message reached."""
        batch.apply()

    @timer(interval=_TEN_MINUTES)
    def withdraw_unsupplemented(self) -> None:
        """What was not put right in time counts as withdrawn (A36)."""
        self.runtime.database.run(handlers.withdraw_unsupplemented)

    @timer(interval=_TEN_MINUTES)
    def forget_old_tries(self) -> None:
        """Guesses that count no more."""
        self.runtime.database.run(tries.forget_old)

    @timer(interval=_HOUR)
    def forget_old_keys(self) -> None:
        """Idempotency keys nobody will send again."""
        self.runtime.database.run(repeated.forget_old)

    @timer(interval=_HOUR)
    def sweep_files(self) -> None:
        """Bytes of files whose row never came, or is gone."""
        actions_files.sweep(self.runtime)

    @timer(interval=_HOUR)
    def forget_what_is_due(self) -> None:
        """Residents whose data was kept long enough (PIPL 47); more become due once a day."""
        actions_retention.run(self.runtime)

    @timer(interval=_HOUR)
    def forget_old_sessions(self) -> None:
        """Ended sessions whose tokens have all run out."""
        self.runtime.database.run(sessions.forget_old_of(ended_sessions))


SERVICE = IntakeService
