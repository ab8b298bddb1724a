"""A Saturday, a runtime with a community's slots laid out, people who book."""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import pytest

from services.intake.slots import timer_handlers
from shared import clock
from tests.unit.intake.ground import COMMUNITY, SATURDAY, do, runtime_in


@pytest.fixture
def time():
    with clock.set_for_tests(SATURDAY) as stopped:
        yield stopped


@pytest.fixture
def runtime(tmp_path, time):
    with runtime_in(tmp_path) as ground:
        do(ground, timer_handlers.lay_out_for, COMMUNITY)
        yield ground
