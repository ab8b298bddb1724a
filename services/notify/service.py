"""The table of contents of notify."""

from nameko.timer import timer

from services.notify import handlers, handlers_appointments, people
from services.notify.delivery import Courier
from services.notify.models import ended_sessions
from services.notify.site import create_app
from shared import sessions
from shared.bus.subscription import Batch, subscribe
from shared.contracts import intake, intake_slots, intake_ways, partners, routing
from shared.hosting import Site
from shared.runtime import RuntimeProvider

HOUR = 3600
"""Seconds."""


class NotifyService:
    """Each step of a case becomes messages, and each message is delivered or accounted for."""

    name = "notify"
    runtime = RuntimeProvider()
    courier = Courier()
    site = Site(create_app)

    @subscribe(
        "intake",
        {
            intake.accepted: handlers.case_went_on,
            intake.notice_given: handlers.case_went_on,
            intake.materials_received: handlers.case_went_on,
            intake.moved_to_back_office: handlers.case_went_on,
            intake.transferred: handlers.case_went_on,
            intake.resolved: handlers.case_went_on,
            intake.rated: handlers.case_rated,
            intake.reopened: handlers.case_went_on,
            intake.closed: handlers.case_ended,
            intake.withdrawn: handlers.case_ended,
            intake_ways.refused: handlers.case_ended,
            intake_ways.promised: handlers.case_went_on,
            intake_ways.published: handlers.case_went_on,
            intake_ways.publication_ended: handlers.case_went_on,
            intake_ways.handed_over: handlers.case_went_on,
            intake.person_corrected: people.correct,
            intake.person_erased: people.erase,
            intake_slots.booked: handlers_appointments.appointment_made,
            intake_slots.moved: handlers_appointments.appointment_went_on,
            intake_slots.cancelled: handlers_appointments.appointment_went_on,
            intake_slots.moved_up: handlers_appointments.appointment_went_on,
            intake_slots.reminder: handlers_appointments.appointment_went_on,
            intake_slots.forgotten: people.erase,
            intake.sessions_ended: sessions.hear(ended_sessions),
        },
    )
    def hear_intake(self, batch: Batch) -> None:
        """What happened to a case."""
        batch.apply()

    @subscribe(
        "routing",
        {
            routing.dispatched: handlers.work_went_on,
            routing.signed: handlers.work_went_on,
            routing.contacted: handlers.work_went_on,
            routing.extended: handlers.work_went_on,
            routing.reopened: handlers.work_taken_up,
            routing.late: handlers.work_went_on,
            routing.due_soon: handlers.work_went_on,
            routing.paused: handlers.work_went_on,
            routing.resumed: handlers.work_went_on,
            routing.arbitration_opened: handlers.work_went_on,
            routing.pressed: handlers.work_went_on,
            routing.escalated: handlers.work_went_on,
            routing.on_site_called: handlers.work_went_on,
        },
    )
    def hear_routing(self, batch: Batch) -> None:
        """What a department does about it."""
        batch.apply()

    @subscribe(
        "partners",
        {partners.accepted: handlers.work_went_on, partners.fulfilled: handlers.work_went_on},
    )
    def hear_partners(self, batch: Batch) -> None:
        """What a community partner does about it."""
        batch.apply()

    @timer(interval=1)
    def deliver(self) -> None:
        """Send what is due."""
        self.courier.deliver_due()

    @timer(interval=HOUR)
    def forget_old_sessions(self) -> None:
        """Ended sessions whose tokens have all run out."""
        self.runtime.database.run(sessions.forget_old_of(ended_sessions))


SERVICE = NotifyService
