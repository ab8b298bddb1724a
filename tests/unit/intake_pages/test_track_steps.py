"""What a resident reads of each step: plain words, no notes, no officer's name but the owner's."""

import re
from datetime import timedelta

import pytest

from services.intake import facts
from services.intake.residents.words import STEPS
from shared.clock import now
from shared.contracts import routing
from shared.track_link import track_token
from tests.unit.intake.ground import event_of
from tests.unit.intake_pages.browser import Browser

INTERNAL = "内部说明"
SAID = {"by": "赵警官", "note": INTERNAL}
STORY = (
    (routing.dispatched, {}),
    (routing.signed, SAID),
    (routing.return_requested, {"reason": INTERNAL, "legal_ground": INTERNAL}),
    (routing.return_refused, SAID),
    (routing.extension_requested, SAID),
    (routing.extension_refused, SAID),
    (routing.extended, SAID),
    (routing.contacted, SAID),
    (routing.pressed, SAID),
    (routing.late, {}),
    (routing.progressed, SAID),
    (routing.completed, {"by": "赵警官", "result": "已约谈店主"}),
)


def track(runtime, number):
    return f"/track/{track_token(number, runtime.settings.secret_key)}"


def steps(page: str) -> list[str]:
    """What each step says, in order."""
    return re.findall(r'class="stop-what">([^<]*)<', page)


def test_the_department_s_steps_in_plain_words(runtime, desk, anyone):
    number = desk.accept()
    desk.step(number, "transfer", department="ga", reason=INTERNAL)
    order = {"number": f"{number}-1", "case_number": number}
    for version, (contract, said) in enumerate(STORY, start=1):
        at = now() + timedelta(microseconds=version)
        event = event_of(contract, version, at, **order, **said)
        runtime.database.run(lambda tx, event=event: told(tx, event))
    page = anyone.page(track(runtime, number)).text
    assert sorted(steps(page)) == sorted(
        [
            "社区已受理，出具受理回执",
            "转职能部门办理",
            "已转给公安办理",
            "公安已签收",
            "公安申请延期已批准，办结期限延到 12月4日 23:59",
            "公安已与您联系",
            "公安正在办",
            "答复",
        ]
    )
    assert "已约谈店主" in page
    assert INTERNAL not in page
    assert "赵警官" not in page
    assert INTERNAL in desk.page(f"/desk/{number}").text


def told(tx, event):
    """Each as a message of its own."""
    tx.memo.clear()
    facts.order_told(tx, event)


def test_only_the_owner_is_named(app, runtime, desk, anyone):
    number = desk.accept()
    desk.step(number, "back-office", note=INTERNAL)
    Browser(app, runtime, "backoffice").step(number, "resolve", result="已入户核查")
    page = anyone.page(track(runtime, number)).text
    assert "已入户核查" in page
    assert "周敏" in page
    assert runtime.district.staff["backoffice"].name not in page
    assert INTERNAL not in page


@pytest.mark.parametrize(
    "action",
    [
        "message.failed",
        "order.proposed",
        "order.return_requested",
        "order.return_refused",
        "order.returned",
        "order.extension_requested",
        "order.extension_refused",
        "order.pressed",
        "order.late",
        "order.escalated",
        "order.on_site_called",
        "order.followed_up",
        "order.assist_added",
    ],
)
def test_what_is_between_officers_has_no_words(action):
    assert action not in STEPS
