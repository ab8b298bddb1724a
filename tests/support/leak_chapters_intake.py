"""Chapters of the leak story about the desk in full: times, the spot, demands, 12345, Open311.

People are in every word; as whom something is asked is a name of ``leak_story``'s sessions.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.clock import now
from tests.support.leaks import APPLICANT, PHONE

if TYPE_CHECKING:
    from tests.support.leak_story import Teller


def appointment(t: "Teller") -> None:
    """Somebody books a time, and an officer cancels it."""
    whose = t.people.of("appointment.applicant")
    day = (now() + timedelta(days=3)).date().isoformat()
    time = {"kind": "desk", "day": day, "opens": "10:00", "closes": "10:30", "capacity": 2}
    asked = time | {"community": t.things["community"], "place": "百通岗"}
    slot = t.api("desk", "/api/intake/slots", asked)["id"]
    wish = {
        "slot": slot,
        "name": whose[APPLICANT],
        "phone": whose[PHONE],
        "matter": t.says("appointment.matter", "appointment")[:100],
    }
    number = t.api("resident", "/api/intake/appointments", wish)["number"]
    t.things["booking"] = number
    t.api("desk", f"/api/intake/bookings/{number}/cancel", {"reason": "改天再来"})


def on_the_spot(t: "Teller") -> None:
    """A danger is reported, and somebody is put on the care list."""
    report = {
        "id": "5f0c7d0e-0000-4000-8000-0000000000aa",
        "kind": "hazard",
        "category": "light",
        "words": t.people.of("report.words").told_by(),
        "place": t.people.of("report.place").told_by()[:100],
    }
    t.things["report"] = t.api("grid", "/api/intake/reports", report)["number"]
    whose = t.people.of("care.applicant")
    cared = {
        "name": whose[APPLICANT],
        "phone": whose[PHONE],
        "address": t.says("care.address", "care")[:100],
        "groups": ["elderly"],
        "worker": "grid",
    }
    t.things["care"] = t.api("desk", "/api/intake/care", cared)["number"]


def demand(t: "Teller") -> None:
    """Something is heard, and becomes a case."""
    heard = {"words": t.people.of("demand.words").told_by()}
    t.things["demand"] = t.api("desk", "/api/intake/demands", heard)["number"]
    whose = t.people.of("demand.applicant")
    case = {"kind": "help", "name": whose[APPLICANT], "phone": whose[PHONE]}
    t.api("desk", f"/api/intake/demands/{t.things['demand']}/to-case", case)


def hotline_and_open311(t: "Teller") -> None:
    """An order of 12345, and a request of Open311."""
    whose = t.people.of("hotline.applicant")
    order = {
        "number": "SL-LEAK-1",
        "name": whose[APPLICANT],
        "phone": whose[PHONE],
        "community": t.things["community"],
        "content": t.says("hotline.content", "hotline"),
    }
    t.api("supervisor", "/api/intake/hotline/orders", {"orders": [order]})
    whose = t.people.of("open311.applicant")
    request = {
        "service_code": "OTHER",
        "address_id": t.things["community"],
        "last_name": whose[APPLICANT],
        "phone": whose[PHONE],
        "description": t.says("open311.description", "open311"),
    }
    t.ask("resident", "POST", "/open311/v2/requests.json", data=request)
