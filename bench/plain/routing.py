"""Plain routing: a work order for each transferred case."""

# mypy: disable-error-code="misc, untyped-decorator"
# (nameko has no types)

from datetime import timedelta

from nameko.events import EventDispatcher, event_handler

from bench.plain.models import Order, now
from bench.plain.session import DatabaseSession


class PlainRouting:
    """Work orders."""

    name = "plain_routing"
    db = DatabaseSession()
    dispatch = EventDispatcher()

    @event_handler("plain_intake", "case_transferred")
    def open_order(self, case: dict[str, str]) -> None:
        """Store the order and send it to the department."""
        order = Order(
            number=f"{case['number']}-1",
            case_number=case["number"],
            department=case["department"],
            title=case["title"],
            description=case["description"],
            contact_by=now() + timedelta(hours=1),
            due_by=now() + timedelta(days=7),
        )
        self.db.add(order)
        self.db.commit()
        self.dispatch(
            f"order.dispatched.{order.department}",
            {
                "number": order.number,
                "case_number": order.case_number,
                "title": order.title,
                "description": order.description,
                "community": case["community"],
                "applicant": {"name": case["applicant_name"], "phone": case["applicant_phone"]},
                "location": case["location"],
                "contact_by": order.contact_by.isoformat(),
                "due_by": order.due_by.isoformat(),
            },
        )
