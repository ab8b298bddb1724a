"""Intake's table of contents: what it hears, serves and runs on a timer."""

from typing import Any

from nameko.timer import timer

from services.intake import facts, repeated, timers
from services.intake.archive import actions as archive
from services.intake.drafts import store as drafts
from services.intake.files import actions as files_actions
from services.intake.grids import report_handlers
from services.intake.hotline import import_timers as hotline_imports
from services.intake.ledger import handlers as ledger
from services.intake.models import ended_sessions
from services.intake.rights import actions_retention
from services.intake.rosters import actions as rosters
from services.intake.site import create_app
from services.intake.slots import timer_handlers as slot_timers
from services.intake.staff import tries
from shared import sessions
from shared.bus.subscription import subscribe
from shared.contracts import notify, partners
from shared.hosting import Site
from shared.runtime import RuntimeProvider

_MINUTE = 60
_TEN_MINUTES = 600
_A_MOMENT = 3
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
        timers.withdraw_unsupplemented(self.runtime)

    @timer(interval=_TEN_MINUTES)
    def withdraw_broken_promises(self) -> None:
        """What was promised and did not come by its day counts as withdrawn (A24)."""
        timers.withdraw_broken_promises(self.runtime)

    @timer(interval=_TEN_MINUTES)
    def end_publications(self) -> None:
        """Public notices whose time is over."""
        timers.end_publications(self.runtime)

    @timer(interval=_TEN_MINUTES)
    def forget_old_tries(self) -> None:
        """Guesses that count no more."""
        self.runtime.database.run(tries.forget_old)

    @timer(interval=_HOUR)
    def plan_rosters(self) -> None:
        """The rota of every community, some weeks ahead."""
        rosters.plan_everywhere(self.runtime)

    @timer(interval=_HOUR)
    def forget_old_keys(self) -> None:
        """Idempotency keys nobody will send again."""
        self.runtime.database.run(repeated.forget_old)

    @timer(interval=_TEN_MINUTES)
    def end_the_day(self) -> None:
        """What finished today is archived today, and the day told (N: 日终归档)."""
        archive.run(self.runtime)

    @timer(interval=_HOUR)
    def forget_old_drafts(self) -> None:
        """What was typed at the desk and not sent within a day."""
        self.runtime.database.run(drafts.forget_old)

    @timer(interval=_HOUR)
    def sweep_files(self) -> None:
        """Bytes of files whose row never came, or is gone."""
        files_actions.sweep(self.runtime)

    @timer(interval=_HOUR)
    def forget_what_is_due(self) -> None:
        """Residents whose data was kept long enough (PIPL 47); more become due once a day."""
        actions_retention.run(self.runtime)

    @timer(interval=_HOUR)
    def forget_old_reports(self) -> None:
        """Grid reports whose words and photos were kept long enough (PIPL 47)."""
        while self.runtime.database.run(report_handlers.forget_old):
            pass

    @timer(interval=_HOUR)
    def forget_old_demands(self) -> None:
        """Who spoke, and what they said, in entries of the ledger kept long enough (PIPL 19)."""
        self.runtime.database.run(ledger.forget_due)

    @timer(interval=_HOUR)
    def forget_old_sessions(self) -> None:
        """Ended sessions whose tokens have all run out."""
        self.runtime.database.run(sessions.forget_old_of(ended_sessions))

    @timer(interval=_HOUR, eager=True)
    def lay_out_slots(self) -> None:
        """Times that can be booked, made ahead from the district's patterns (A22)."""
        slot_timers.lay_out(self.runtime)

    @timer(interval=_MINUTE)
    def look_after_bookings(self) -> None:
        """Reminders, lines that end, tickets of yesterday, people to be forgotten."""
        slot_timers.look_ahead(self.runtime)

    @timer(interval=_A_MOMENT)
    def work_off_hotline(self) -> None:
        """Spreadsheets of 12345 orders, worked off row by row."""
        hotline_imports.go_on(self.runtime)

    @timer(interval=_TEN_MINUTES)
    def forget_cut_off_imports(self) -> None:
        """Spreadsheets of which not every row arrived."""
        self.runtime.database.run(hotline_imports.give_up_unfinished)


SERVICE = IntakeService
