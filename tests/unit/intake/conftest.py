"""A runtime over a fresh SQLite file."""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import pytest

from tests.unit.intake.ground import runtime_in


@pytest.fixture
def runtime(tmp_path):
    with runtime_in(tmp_path) as ground:
        yield ground
