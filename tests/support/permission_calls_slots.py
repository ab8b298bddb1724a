"""How the addresses of slots, bookings and the queue are asked (services/intake/slots)."""

from typing import Any

from tests.support.permission_call import REASON_FORM, Call

WISH = {"slot": "{slot}", "name": "张桂兰", "phone": "13805610077", "matter": "咨询"}
PERSON = {"name": "张桂兰", "phone": "13805610077", "matter": "咨询"}
SLOT = {
    "kind": "mobile_desk",
    "place": "小区东门",
    "day": "2027-03-01",
    "opens": "09:00",
    "closes": "11:00",
    "capacity": 10,
}
SLOT_FORM = SLOT | {"capacity": "10"}
NOT_YET = (422,)
"""What the state of the one that is there does not allow, on a page."""


def _api(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("intake", f"slots.{endpoint}", method, f"/api/intake{path}", **more)


def _page(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("intake", f"slots_pages.{endpoint}", method, path, **more)


OF_RESIDENTS = [
    _api("open_slots", "GET", "/open-slots?community={community}"),
    _api("make_appointment", "POST", "/appointments", json=WISH),
    _api("show_queue", "GET", "/queue/{community}"),
    _api("take_ticket", "POST", "/queue/{community}/tickets", json={"kind": "general"}),
    _page("book.door", "GET", "/book"),
    _page("book.matters", "GET", "/book/{community}"),
    _page("book.bring", "GET", "/book/{community}/G-01"),
    _page("book.times", "GET", "/book/{community}/G-01/times"),
    _page("book.person", "GET", "/book/{community}/other/{slot}"),
    _page("book.person", "POST", "/book/{community}/other/{slot}", form=PERSON),
    _page("book.mine", "GET", "/book/mine"),
    _page("book.mine", "POST", "/book/mine", form={"number": "{booking}", "phone": "{phone}"}),
    _page("book.confirmation", "GET", "/book/of/{booking_token}"),
    _page("book.calendar", "GET", "/book/of/{booking_token}/calendar.ics"),
    _page("book.other_times", "GET", "/book/of/{booking_token}/move"),
    _page(
        "book.move",
        "POST",
        "/book/of/{booking_token}/move",
        form={"slot": "{slot}"},
        answers=NOT_YET,
    ),
    _page("book.cancel", "POST", "/book/of/{booking_token}/cancel", form={}),
    _page("queue.screen", "GET", "/queue/{community}"),
    _page("queue.numbers", "GET", "/queue/{community}/numbers"),
    _page("queue.take", "GET", "/queue/{community}/take"),
    _page("queue.take", "POST", "/queue/{community}/take", form={"kind": "general"}),
    _page("queue.ticket", "GET", "/queue/{community}/ticket/{ticket}"),
    _page("queue.turn", "GET", "/queue/{community}/ticket/{ticket}/turn"),
]

OF_BOOKINGS = [
    _api("list_slots", "GET", "/slots"),
    _api("list_slots", "GET", "/slots?community={community}", about="search"),
    _api("add_slot", "POST", "/slots", json=SLOT | {"community": "{community}"}, about="slot"),
    _api("close_slot", "POST", "/slots/{slot}/close", json={"reason": "停电"}, about="slot"),
    _api("list_bookings", "GET", "/bookings?community={community}", about="search"),
    _api("book_for", "POST", "/bookings", json=WISH, about="slot"),
    _api("move_booking", "POST", "/bookings/{booking}/move", json={"slot": "{slot}"}, about="slot"),
    _api("cancel_booking", "POST", "/bookings/{booking}/cancel", json={}, about="booking"),
    *(
        _api("act_on_booking", "POST", f"/bookings/{{booking}}/{verb}", json={}, about="booking")
        for verb in ("come", "no-show")
    ),
    _page("bookings", "GET", "/desk/bookings"),
    _page("booking", "GET", "/desk/bookings/{booking}", about="booking"),
    _page(
        "reveal_booking",
        "POST",
        "/desk/bookings/{booking}/reveal",
        form=REASON_FORM,
        about="booking",
        action="slot.read",
    ),
    _page("accept", "POST", "/desk/bookings/{booking}/accept", form={}, about="booking"),
    *(
        _page(
            "act",
            "POST",
            f"/desk/bookings/{{booking}}/{verb}",
            form=form,
            about="booking",
            answers=NOT_YET,
        )
        for verb, form in {
            "come": {},
            "no-show": {},
            "cancel": {"reason": "来电"},
            "move": {"slot": "{slot}"},
        }.items()
    ),
    _page("new_booking", "GET", "/desk/bookings/new"),
    _page("new_booking", "POST", "/desk/bookings/new", form=WISH),
    _page("times.slots", "GET", "/desk/bookings/slots"),
    _page("times.new_slot", "GET", "/desk/bookings/slots/new"),
    _page("times.new_slot", "POST", "/desk/bookings/slots/new", form=SLOT_FORM),
    _page(
        "times.close_slot",
        "POST",
        "/desk/bookings/slots/{slot}/close",
        form={"reason": "停电"},
        about="slot",
    ),
]

OF_THE_QUEUE = [
    _api("call_next", "POST", "/queue/next", json={}),
    _api("call_ticket", "POST", "/queue/tickets/{ticket}/call", json={}, about="ticket"),
    *(
        _api("act_on_ticket", "POST", f"/queue/tickets/{{ticket}}/{verb}", json={}, about="ticket")
        for verb in ("again", "skip", "done")
    ),
    _page("queue.desk", "GET", "/desk/queue"),
    _page("queue.rows", "GET", "/desk/queue/rows"),
    _page("queue.call_next", "POST", "/desk/queue/next", form={}),
    _page("queue.take_for", "POST", "/desk/queue/take", form={"kind": "general"}),
    _page("queue.call", "POST", "/desk/queue/{ticket}/call", form={}, about="ticket"),
    _page(
        "queue.accept",
        "POST",
        "/desk/queue/{ticket}/accept",
        form={},
        about="ticket",
        answers=NOT_YET,
    ),
    *(
        _page(
            "queue.act",
            "POST",
            f"/desk/queue/{{ticket}}/{verb}",
            form={},
            about="ticket",
            answers=NOT_YET,
        )
        for verb in ("again", "skip", "done")
    ),
]
OF_SLOTS = [*OF_RESIDENTS, *OF_BOOKINGS, *OF_THE_QUEUE]
