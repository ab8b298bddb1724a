"""The pages of the people's ledger and the catalogue."""

import pytest

from services.intake.ledger import handlers, proposal_handlers, store
from services.intake.ledger.demand import Heard
from services.intake.ledger.proposal_handlers import Proposed
from services.intake.ledger.store_catalogue import items_now
from shared.web import auth
from tests.unit.intake.ground import COMMUNITY, do
from tests.unit.intake.ledger.test_catalogue import DESK, decided, lighter
from tests.unit.intake_pages.browser import HIDDEN, told

CHANGE = "/desk/catalogue/propose?change=change&code=G-01"
PROPOSE = "/desk/catalogue/propose"
CERTIFICATE = "请社区开无犯罪记录证明"


def changed_meanwhile(runtime):
    asked = Proposed("change", "材料太多", "G-01", lighter())
    decided(runtime, do(runtime, proposal_handlers.propose, DESK, asked))


@pytest.mark.parametrize("change", ["change", "withdraw"])
def test_a_proposal_is_of_the_item_as_its_writer_saw_it(desk, runtime, change):
    """What was accepted while the form was open is not written over by what stood there before."""
    opened = desk.page(CHANGE.replace("change=change", f"change={change}"))
    seen = dict(HIDDEN.findall(opened.text)) | {"why": "电话变了", "name": "高龄津贴"}
    changed_meanwhile(runtime)
    answer = desk.client.post(PROPOSE, data=seen, headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert "填表期间，这个事项又调整过" in told(answer)
    assert dict(HIDDEN.findall(answer.text))["base"] == "0"
    assert 'href="/desk/catalogue/items/G-01"' in answer.text


def test_what_changed_before_the_form_was_opened_is_in_it(desk, runtime):
    changed_meanwhile(runtime)
    answer = desk.send(CHANGE, why="写明收费", **_as_it_is(runtime), fee="免费")
    assert answer.status_code == 303, told(answer)


def test_a_withdrawn_item_keeps_its_name(desk, runtime):
    name = items_now(runtime)["G-32"].name
    asked = Proposed("withdraw", "没有人办", "G-32", None)
    decided(runtime, do(runtime, proposal_handlers.propose, DESK, asked))
    page = desk.page("/desk/catalogue/proposals").text
    assert f'{name} <span class="quiet">G-32</span>' in page
    english = desk.page("/desk/catalogue/versions/1", lang="en").text
    assert "Withdraw" in english
    assert "：" not in english.split("<main", 1)[1].split("</main>")[0].split("<table")[0]


def heard(runtime):
    who = Heard(DESK, COMMUNITY, CERTIFICATE, name="王建国", phone="13805610000")
    return do(runtime, handlers.record, who).demand.number


def made_of(runtime, number):
    return do(runtime, store.load, number)


def to_case(desk, number, **decided: str):
    page = f"/desk/ledger/{number}"
    token = dict(HIDDEN.findall(desk.page(page).text))["csrf_token"]
    sent = {"csrf_token": token, "kind": "help"} | decided
    return desk.client.post(f"{page}/to-case", data=sent, headers={"Accept": "text/html"})


def test_a_certificate_is_asked_about_before_a_demand_is_refused(desk, runtime):
    number = heard(runtime)
    asked = to_case(desk, number)
    assert asked.status_code == 422
    assert "社区按规定不能开" in asked.text
    assert asked.text.index("<button hidden>") < asked.text.index('name="decision"')
    assert made_of(runtime, number).state == "heard"
    disagreed = to_case(desk, number, decision="accept")
    assert "请写一句为什么不是开证明" in told(disagreed)
    refused = to_case(desk, number, decision="refuse")
    assert refused.location == f"/desk/refusals/{made_of(runtime, number).answer}"
    assert "不予办理告知单" in desk.page(refused.location).text
    why = {"not_a_certificate": "只是问路", "decision": "accept"}
    accepted = to_case(desk, number, **why)
    assert accepted.location == f"/desk/{made_of(runtime, number).case_number}"


def test_a_program_says_why_it_is_no_certificate(desk, runtime):
    number = heard(runtime)
    asked = f"/api/intake/demands/{number}/to-case"
    token = desk.client.get_cookie(auth.COOKIE).value
    said = {"kind": "help", "not_a_certificate": "只是问路"}
    answer = desk.client.post(asked, json=said, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json["state"]) == (200, "became_case")


def _as_it_is(runtime):
    kept = items_now(runtime)["G-01"]
    return {
        "name": kept.name,
        "domain": kept.domain,
        "handled_at": kept.handled_at,
        "procedure": "\n".join(kept.procedure),
    }
