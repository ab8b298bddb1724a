"""What the four web applications have in common, and the embedded run's one answer for all."""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import importlib
from contextlib import closing

import pytest
from werkzeug.test import Client

from services.catalogue import parts_of
from shared.bus.local import LocalTransport
from shared.config import Settings
from shared.contracts import SERVICES
from shared.district import load
from shared.hosting import gateway
from shared.runtime import build
from shared.web.app import health_check
from shared.web.i18n import local_words
from tests.support.keys import KEYS


@pytest.fixture(scope="module")
def district():
    return load("xiangshan")


@pytest.fixture
def made(tmp_path, district):
    """Makes a service's application."""
    transport = LocalTransport(f"sqlite:///{tmp_path / 'bus.sqlite'}", KEYS)

    def make(name, public_url=""):
        settings = Settings(
            embedded=True,
            district="xiangshan",
            data_dir=tmp_path,
            database_url="",
            amqp_url="",
            secret_key="a secret of the tests, long enough",
            address="127.0.0.1:18999",
            public_url=public_url,
            data_keys=KEYS,
        )
        runtime = build(name, settings, district, parts_of(name).models.bus, transport)
        return importlib.import_module(f"services.{name}.site").create_app(runtime)

    return make


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_keeps_to_https_where_it_is_served_by_it(made, service):
    secure = made(service, "https://baitong.example")
    answer = secure.test_client().get("/?lang=en")
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert secure.config["SESSION_COOKIE_SECURE"]
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in made(service).test_client().get("/").headers


def test_the_embedded_run_answers_for_all_four(made):
    applications = {name: made(name) for name in SERVICES}
    for app in applications.values():
        health_check(app, "database", lambda: None)
    client = Client(gateway(applications))
    with closing(client.get("/healthz")) as answer:
        assert answer.status_code == 200
        names = [check["name"] for check in answer.json["checks"]]
    assert names == ["database", *(f"{name}.database" for name in SERVICES if name != "intake")]


@pytest.mark.parametrize("ill", SERVICES)
def test_one_that_fails_is_named(made, ill):
    applications = {name: made(name) for name in SERVICES}
    for name, app in applications.items():
        health_check(app, "database", broken if name == ill else lambda: None)
    with closing(Client(gateway(applications)).get("/healthz")) as answer:
        assert answer.status_code == 503
        failing = [check["name"] for check in answer.json["checks"] if not check["ok"]]
    assert failing == ["database" if ill == "intake" else f"{ill}.database"]


def broken():
    raise ConnectionError


@pytest.mark.parametrize(
    ("desk", "said", "here"),
    [
        ("百通岗", "到社区百通岗问", "到社区百通岗问"),
        ("社区窗口", "到社区百通岗问", "到社区窗口问"),
        ("社区窗口", "由百通岗操作", "由社区窗口操作"),
        ("全科窗口", "到社区百通岗问", "到社区全科窗口问"),
        ("", "到社区百通岗问", "到社区百通岗问"),
    ],
)
def test_a_district_calls_its_desk_by_its_own_name(desk, said, here):
    for word, own in local_words(desk).items():
        said = said.replace(word, own)
    assert said == here
