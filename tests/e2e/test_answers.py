"""What programs are told: problems that name the field, roles, and the OpenAPI of each service."""

import pytest

from tests.e2e.steps import NOISE, dispatched
from tools.client import APPLICANT, Refused

PROBLEM = "application/problem+json"
FIXED = {
    "intake": (
        ("post", "/api/intake/session"),
        ("post", "/api/intake/cases"),
        ("get", "/api/intake/cases/{number}"),
        *(
            ("post", f"/api/intake/cases/{{number}}/{action}")
            for action in (
                "notice",
                "materials",
                "back-office",
                "transfer",
                "resolve",
                "rate",
                "reopen",
                "close",
            )
        ),
    ),
    "routing": (
        ("post", "/api/routing/suggest"),
        ("get", "/api/routing/orders"),
        *(
            ("post", f"/api/routing/orders/{{number}}/{verb}")
            for verb in (
                "signed",
                "contacted",
                "progressed",
                "return_requested",
                "extension_requested",
                "completed",
            )
        ),
    ),
    "notify": (("get", "/api/notify/messages"),),
    "partners": (),
}
"""What others rely on: the issue's "Fixed names"."""


@pytest.mark.parametrize("service", FIXED)
def test_each_service_describes_itself(baitong, service):
    described = baitong.anyone().get(f"/api/{service}/openapi.json")
    assert described["openapi"].startswith("3.")
    assert described["paths"]
    for method, path in FIXED[service]:
        assert method in described["paths"].get(path, {}), f"{method} {path}"


def test_health(baitong):
    assert baitong.anyone().get("/healthz")["status"] == "ok"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"applicant": {"name": "王建国", "phone": "123"}}, "applicant.phone"),
        ({"applicant": {"phone": "13805610000"}}, "applicant.name"),
        ({"applicant": APPLICANT | {"id_no": "34060319900101001X"}}, "applicant.id_no"),
        ({"kind": "gossip"}, "kind"),
        ({"channel": "pigeon"}, "channel"),
        ({"urgency": "whenever"}, "urgency"),
        ({"item": "Z-99"}, "item"),
        ({"colour": "red"}, "colour"),
        ({"title": 7}, "title"),
        ({"community": "340603999999"}, "community"),
    ],
)
def test_bad_input_is_a_problem_that_names_the_field(desk, wrong, field):
    with pytest.raises(Refused) as refused:
        desk.accept(**NOISE | wrong)
    assert refused.value.status == 422
    assert refused.value.content_type == PROBLEM
    assert refused.value.fields == {field}
    assert all(error["reason"] for error in refused.value.problem["errors"])


def test_every_wrong_field_is_named_at_once(desk):
    with pytest.raises(Refused) as refused:
        desk.post("/api/intake/cases", {"title": "x"})
    assert refused.value.fields == {"community", "applicant"}


def test_problems_come_in_the_readers_language(baitong):
    with pytest.raises(Refused) as refused:
        baitong.anyone().post("/api/intake/session", {"username": "desk", "password": "wrong"})
    assert refused.value.status == 401
    assert "密码" in refused.value.problem["title"]
    wrong, reader = {"username": "desk", "password": "wrong"}, {"Accept-Language": "en"}
    with pytest.raises(Refused) as english:
        baitong.anyone().post("/api/intake/session", wrong, **reader)
    assert english.value.problem["title"].isascii()


def test_nobody_does_what_is_not_theirs_to_do(baitong, desk, police, supervisor):
    case, order = dispatched(desk, police)
    number = case["number"]
    forbidden = [
        lambda: police.accept(**NOISE, community="340603002001"),
        lambda: supervisor.act(number, "close"),
        lambda: desk.answer(order["number"], "signed"),
        lambda: police.answer(order["number"], "dispatch", department="cg"),
        lambda: baitong.person("partner").case(number),
    ]
    for attempt in forbidden:
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.status == 403
        assert refused.value.content_type == PROBLEM
    with pytest.raises(Refused) as stranger:
        baitong.anyone().case(number)
    assert stranger.value.status == 401


def test_what_is_not_there_is_said_so(desk):
    with pytest.raises(Refused) as refused:
        desk.get("/api/intake/nothing-here")
    assert refused.value.status == 404
    assert refused.value.content_type == PROBLEM


def test_a_step_out_of_turn_is_a_conflict(desk):
    number = desk.accept(**NOISE)["number"]
    for action, body in (("rate", {"grade": 5}), ("close", {}), ("reopen", {"reason": "没有解决"})):
        with pytest.raises(Refused) as refused:
            desk.act(number, action, **body)
        assert refused.value.status == 409, action
