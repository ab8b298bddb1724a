"""At the desk: materials, the once-only notice, the back office, certificates not to be issued."""

import pytest

from tests.e2e.steps import told
from tools.client import Refused

ALLOWANCE = "G-01"


def test_what_is_missing_is_told_once_and_never_again(baitong, desk):
    needed = desk.get(f"/api/intake/items/{ALLOWANCE}")["materials"]
    required = [material["name"] for material in needed if material["required"]]
    brought, missing = required[:1], required[1:]
    case = desk.accept(item=ALLOWANCE, materials=brought)
    number = case["number"]
    assert case["missing"] == missing

    noticed = desk.act(number, "notice")
    assert noticed["state"] == "awaiting_materials"
    assert noticed["notice"]["missing"] == missing
    assert noticed["notice"]["supplement_by"]
    with pytest.raises(Refused) as second:
        desk.act(number, "notice", missing=["户籍所在地证明"])
    assert second.value.status == 409
    assert second.value.content_type == "application/problem+json"
    assert second.value.fields == {"notice"}

    partly = desk.act(number, "materials", received=missing[:1])
    assert partly["state"] == "awaiting_materials"
    assert partly["missing"] == missing[1:]
    assert desk.act(number, "materials", received=missing[1:])["state"] == "accepted"

    moved = desk.act(number, "back-office", note="需入户核查")
    assert (moved["state"], moved["handler"]["kind"]) == ("in_back_office", "back_office")
    assert moved["owner"]["username"] == "desk"
    done = baitong.person("backoffice").act(number, "resolve", result="津贴已核定，次月发放。")
    assert (done["state"], done["owner"]["username"]) == ("resolved", "desk")
    actions = told(desk, number, "accepted", "notice", "materials", "back-office", "resolve")
    assert actions.count("notice") == 1


def test_a_certificate_that_must_not_be_issued_is_refused_with_where_to_go(desk):
    with pytest.raises(Refused) as refused:
        desk.accept("开一张亲属关系证明", kind="application", description="公证处要")
    problem = refused.value.problem
    assert refused.value.status == 422
    assert problem["type"].endswith(":not-issued")
    assert "派出所" in problem["detail"]
    refusal = problem["refusal"]
    assert [one["code"] for one in refusal["departments"]] == ["ga"]
    assert "行政复议" in refusal["remedies"]
    assert desk.get(f"/api/intake/refusals/{refusal['number']}")["code"] == refusal["code"]


def test_a_question_about_a_certificate_is_a_question(desk):
    case = desk.accept("亲属关系证明到哪里办", kind="question")
    assert case["state"] == "accepted"
