"""Chapters of the leak story about what supervision does: disputes, problems, channels.

People are in every word; as whom something is asked is a name of ``leak_story``'s sessions.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.routing.channels import store
from services.routing.channels.channel import MAIL, Channel
from services.routing.channels.links import form_token
from services.routing.channels.signatures import headers
from shared.bus.event import Event, encode, new_id
from shared.contracts.departments import VERBS
from tests.support.leaks import APPLICANT, PHONE

if TYPE_CHECKING:
    from tests.support.leak_story import Teller

NOBODY_LISTENS = "http://127.0.0.1:9/orders"
"""Of a department's system that is away: what it should get waits, and why is logged."""


def pause_and_visit(t: "Teller") -> None:
    """The clock stands still and goes on, the leader is on the spot, another assists."""
    at = f"/api/routing/orders/{t.things['order']}"
    t.api("supervisor", f"{at}/pause", {"reason": "testing", "note": t.says("pause.note")})
    t.api("supervisor", f"{at}/resume", {"note": t.says("resume.note")})
    t.api("supervisor", f"{at}/on-site", {"note": t.says("on-site.note")})
    went = {"record": t.says("on-site.record"), "met": t.says("on-site.met")}
    t.api("leader", f"{at}/on-site-done", went)
    t.api("supervisor", f"{at}/assist", {"department": "zj", "note": t.says("assist.note")})
    t.api("zj", f"{at}-a1/completed", {"result": t.says("assist.result")})


def dispute(t: "Teller") -> None:
    """Returned until the arbiter rules."""
    at = f"/api/routing/orders/{t.things['order2']}"
    ground = t.says("return.third.ground", "second")
    asked = {"reason": t.says("return.third", "second"), "legal_ground": ground}
    t.api("cg", f"{at}/return_requested", asked)
    note = t.says("grant-return.again", "second")
    t.api("supervisor", f"{at}/grant-return", {"department": "zj", "note": note})
    ground = t.says("return.fourth.ground", "second")
    asked = {"reason": t.says("return.fourth", "second"), "legal_ground": ground}
    t.ask("zj", "POST", f"{at}/return_requested", json=asked)  # taken, and theirs no more
    if t.api("supervisor", at)["state"] != "arbitration":
        raise AssertionError("two hops and a return are no arbitration any more")
    ruled = {"department": "zj", "note": t.says("arbitrate.note", "second")}
    t.api("supervisor", f"{at}/arbitrate", ruled)


def problem(t: "Teller") -> None:
    """On the list, worked on, come back, looked at again; and a look-back of an order."""
    whose = t.people.of("case.applicant")
    opened = {
        "title": f"{whose[APPLICANT]}（{whose[PHONE]}）一带噪声反复",
        "lead": "ga",
        "responsible": "治安大队大队长",
        "note": t.says("problem.note"),
        "orders": [t.things["order"]],
    }
    number = t.api("supervisor", "/api/routing/problems", opened)["number"]
    t.things["problem"] = number
    at = f"/api/routing/problems/{number}"

    def act(verb: str, **body: Any) -> None:
        t.api("supervisor", f"{at}/{verb}", {k: _said(t, v) for k, v in body.items()})

    act("assign", lead="ga", assisting=["zj"], responsible="副局长", note="problem.assign")
    act("step", text="problem.step", who="大队长", until="2099-01-01")
    act("step-done", step=1, note="problem.step-done")
    act("review", found="problem.review")
    act("press", note="problem.press")
    act("attach", orders=[t.things["order2"]])
    act("solve", note="problem.solve")
    act("came-back", found="problem.came-back")
    page = f"/supervise/problems/{number}"
    t.form("supervisor", f"{page}?act=solve", f"{page}/solve", {"note": t.says("problem.again")})
    act("held", found="problem.held")
    arranged = t.api("supervisor", "/api/routing/look-backs", {"order": t.things["order"]})
    t.things["look_back"] = arranged["number"]
    found = {"found": t.says("look-back.held")}
    t.api("supervisor", f"/api/routing/look-backs/{arranged['number']}/held", found)


def _said(t: "Teller", value: Any) -> Any:
    return t.says(value) if isinstance(value, str) and "." in value else value


def webhook(t: "Teller") -> None:
    """A department's system that cannot be reached answers: well, badly, and as somebody else."""
    given = {"kind": "webhook", "address": NOBODY_LISTENS}
    secret = t.api("admin", "/api/routing/channels/zj", given)["secret"]
    at = f"/api/routing/orders/{t.things['order2']}"
    t.api("supervisor", f"{at}/press", {"note": t.says("webhook.press", "second")})
    answers = "/api/routing/departments/zj/webhook"
    data = {"order": t.things["order2"], "note": t.says("webhook.note", "second")}
    verb = VERBS["progressed"]
    said = encode(Event(new_id(), verb.type, "/department/zj", "", datetime.now(UTC), 1, data))
    broken = '{"note": "' + t.says("webhook.malformed", "second")
    for body in (said, broken):
        signed = headers([secret], new_id(), datetime.now(UTC), body)
        taken = t.ask("resident", "POST", answers, data=body.encode(), headers=signed)
        if (body is said) != taken.ok:
            raise AssertionError(f"{answers}: {taken.status_code} {taken.text[:300]}")
    t.ask("resident", "POST", answers, data=said.encode())


def mailed_form(t: "Teller", routing: sa.Engine) -> None:
    """An order answered from a mail, by somebody without an account.

    The mailbox is written into routing's database: the embedded run has no mail server.
    """
    since = datetime.now(UTC)
    channel = Channel(
        "zj", MAIL, "", "", "", None, since, True, "", since,  # noqa: FBT003
        0, "", None, None, None, 1,
    )  # fmt: skip
    table = store.channels
    mine = table.update().where(table.c.department == "zj")
    with routing.begin() as connection:
        connection.execute(mine.values(kind=MAIL, address="orders@zj.example.cn", since=since))
    t.things["form"] = form_token(t.secret, channel, t.things["order2"])
    page, officer = f"/orders/form/{t.things['form']}", {"officer": "钱科长"}
    note = {"note": t.says("form.note", "second")}
    t.form("resident", page, f"{page}/progressed", officer | note)
    t.form("resident", page, f"{page}/completed", officer | {"result": ""}, taken=(422,))
