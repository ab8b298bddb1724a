"""A number too long to be read is a fault of the body, 400, in every service."""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import pytest

from shared.web.auth import User, issue_token
from tests.support.permission_world import SECRET, World

LONG = "9" * 5000
"""Python reads no whole number of more than 4,300 digits."""
SUPERVISOR = User("super", "督办", "supervisor")
DESK = User("zhou", "周敏", "desk", community="340603002001")


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    return World.services(tmp_path_factory.mktemp("numbers"))


@pytest.mark.parametrize(
    ("service", "path", "user"),
    [
        ("intake", "/api/intake/session", None),
        ("intake", "/api/intake/cases", DESK),
        ("intake", "/api/intake/person", DESK),
        ("routing", "/api/routing/suggest", DESK),
        ("routing", "/api/routing/orders/GD-1/press", SUPERVISOR),
        ("notify", "/api/notify/templates/receipt/preview", DESK),
        ("notify", "/api/notify/person", DESK),
        ("partners", "/api/partners/person", DESK),
    ],
)
@pytest.mark.parametrize("body", ['{"a": %s}', '{"a": [{"b": -%s}]}', "%s"])
def test_it_is_refused_as_other_broken_json_is(services, service, path, user, body):
    app, _runtime = services[service]
    headers = {"Content-Type": "application/json"}
    if user is not None:
        headers["Authorization"] = f"Bearer {issue_token(user, SECRET)}"
    client = app.test_client(use_cookies=False)
    answers = [client.post(path, data=data, headers=headers) for data in (body % LONG, '{"a": ')]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json["title"] == answers[1].json["title"]
