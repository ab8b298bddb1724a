"""schemathesis asks every documented address of the four services what nobody thought of.

As every role that matters and as nobody, with data in the databases: no 5xx, no answer that is not
in the service's description. SCHEMATHESIS=long asks much more, and SCHEMATHESIS=30 as
often as it says, both with new examples each time.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.bus.transport import Delivery
from shared.contracts import SERVICES, intake
from shared.web import limits
from shared.web.auth import User, issue_token
from tests.fuzz.ground import Ground, application, grounds, silence
from tests.fuzz.test_replies import MATTER, _valid

ASKED = os.environ.get("SCHEMATHESIS", "7")
EXAMPLES = 100 if ASKED == "long" else int(ASKED)
"""Right and as many wrong requests to each address, each as somebody else of `PEOPLE`."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
PEOPLE = {
    "nobody": None,
    "admin": User("admin", "管理员", "admin"),
    "desk": User("desk", "周敏", "desk", community="340603002001"),
    "department": User("ga", "公安", "department", department="ga"),
    "supervisor": User("boss", "郑建国", "supervisor"),
    "partner": User("shop", "小店", "partner", partner="demo-nuanxin"),
    "auditor": User("auditor", "审计", "auditor"),
}


@pytest.fixture(scope="module")
def services(tmp_path_factory) -> Iterator[dict[str, Any]]:
    with grounds(tmp_path_factory.mktemp("openapi")) as made, silence():
        applications = {name: application(ground) for name, ground in made.items()}
        for app in applications.values():
            app.before_request_funcs[None].remove(
                limits._count
            )  # thousands of requests, one address
        yield {name: (ground, applications[name]) for name, ground in made.items()}


def _stated(app: Any, name: str) -> Any:
    """The application whose description names every answer: without the catch-all `default`."""
    path = f"/api/{name}/openapi.json"
    spec = app.test_client().get(path).get_json()
    for operations in spec["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                operation.get("responses", {}).pop("default", None)
    body = json.dumps(spec).encode()

    def serve(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] != path:
            return app.wsgi_app(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [body]

    return serve


def _real_things(services: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Something that is there, for the parts of each service's addresses."""
    intake_ground, intake_app = services["intake"]
    token = _token(intake_ground, "desk")
    answer = intake_app.test_client().post("/api/intake/cases", json=MATTER, headers=token)
    assert answer.status_code == 201, answer.text
    number = answer.get_json()["number"]
    heard = {
        "routing": intake.transferred,
        "notify": intake.accepted,
        "partners": intake.need_raised,
    }
    for name, contract in heard.items():
        hearing = next(h for h in services[name][0].hearing() if h.source == "intake")
        hearing.inbox().apply([Delivery("", "", _valid(contract, number)[1])])
    return {
        "intake": {"number": number, "code": "G-01"},
        "routing": {"number": f"{number}-1", "code": "ga"},
        "notify": {"message_id": _first(services["notify"][0], "messages", "id")},
        "partners": {"number": f"{number}-n1", "code": "demo-nuanxin"},
    }


def _first(ground: Ground, table: str, column: str) -> str:
    with ground.runtime.database.read() as connection:
        return str(connection.execute(sa.select(ground.table(table).c[column])).scalars().first())


@pytest.fixture(scope="module")
def tokens(services) -> dict[str, dict[str, str]]:
    """What each of `PEOPLE` shows at the door: all services take the same."""
    return {who: _token(services["intake"][0], who) for who in PEOPLE}


def _token(ground: Ground, who: str) -> dict[str, str]:
    user = PEOPLE[who]
    if user is None:
        return {}
    return {"Authorization": f"Bearer {issue_token(user, ground.runtime.settings.secret_key)}"}


@pytest.fixture(scope="module")
def real(services) -> dict[str, dict[str, str]]:
    return _real_things(services)


@pytest.mark.parametrize("name", SERVICES)
def test_every_answer_is_announced(services, real, tokens, name):
    schema = schemathesis.openapi.from_wsgi(
        f"/api/{name}/openapi.json", _stated(services[name][1], name)
    )
    asked, faults = Counter[str](), []
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in schemathesis.GenerationMode:
            try:
                asked += _ask(operation, mode, tokens, real[name])
            except (FailureGroup, Failure) as failure:
                faults.append(f"{operation.label} {mode.name}: {failure}")
    assert not faults, "\n\n".join(faults)
    assert asked.keys() == PEOPLE.keys()
    assert asked.total() >= EXAMPLES * 5
    print(f"{name}: {asked.total()} requests")


def _ask(
    operation: Any, mode: Any, tokens: dict[str, dict[str, str]], real: dict[str, str]
) -> Counter[str]:
    """Ask one address; half of the time about something that is there. How often as whom."""
    there = {k: v for k, v in real.items() if f"{{{k}}}" in operation.path}
    asked = Counter[str]()

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=mode),
        known=st.booleans(),
        who=st.sampled_from(list(PEOPLE)),
    )
    def ask(case, known, who):
        if known and there:
            case.path_parameters = {**(case.path_parameters or {}), **there}
        asked[who] += 1
        case.call_and_validate(headers=tokens[who], checks=CHECKS)

    try:
        ask()
    except Unsatisfiable:  # an address without parameters has no wrong ones
        assert mode is schemathesis.GenerationMode.NEGATIVE
    return asked
