"""The table of contents of notify."""

from nameko.timer import timer

from services.notify import handlers
from services.notify.delivery import Courier
from services.notify.site import create_app
from shared.bus.subscription import Batch, subscribe
from shared.contracts import intake, partners, routing
from shared.hosting import Site
from shared.runtime import RuntimeProvider


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
            intake.reopened: handlers.case_went_on,
            intake.closed: handlers.case_ended,
            intake.withdrawn: handlers.case_ended,
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
            routing.late: handlers.work_went_on,
            routing.pressed: handlers.work_went_on,
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


SERVICE = NotifyService
