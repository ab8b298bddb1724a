"""Intake's web application over a fresh SQLite file, and people in front of it."""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import pytest
from limits.strategies import MovingWindowRateLimiter

from services.intake import models
from services.intake.seed import seed
from services.intake.site import create_app
from services.intake.staff import tries
from shared.sessions import Ended
from shared.web.acting import SEEN
from shared.web.context import web_of
from shared.web.limits import KEY, ClockStorage
from tests.unit.intake.ground import runtime_in
from tests.unit.intake_pages.browser import Browser


@pytest.fixture
def runtime(tmp_path):
    with runtime_in(tmp_path) as ground:
        yield ground


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The application, whose templates are compiled once."""
    with runtime_in(tmp_path_factory.mktemp("built")) as ground:
        yield create_app(ground)


@pytest.fixture
def app(built, runtime):
    """The application on this test's own database; nobody has asked or guessed yet."""
    web_of(built).service_context = runtime
    web_of(built).session_over = Ended(runtime.database, models.ended_sessions)
    tries.install(built, runtime.database, "a secret")
    built.extensions[SEEN] = {}
    built.extensions[KEY] = MovingWindowRateLimiter(ClockStorage())
    return built


@pytest.fixture
def desk(app, runtime):
    return Browser(app, runtime, "desk")


@pytest.fixture
def elsewhere(app, runtime):
    return Browser(app, runtime, "desk-guiyuan")


@pytest.fixture
def anyone(app, runtime):
    return Browser(app, runtime)


@pytest.fixture
def accounts(runtime):
    seed(runtime)
