"""Logging is configured once more without leaving loggers behind that speak the old way."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from shared import logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The worker's other tests log as they did."""
    before = structlog.get_config()
    list_of_processors = before["processors"]
    were = list(list_of_processors)
    yield
    list_of_processors[:] = were
    structlog.configure(**before)


def test_a_logger_in_use_speaks_the_new_way_when_logging_is_configured_again() -> None:
    logs.configure(logging.INFO)
    used = structlog.get_logger("used")
    used.info("before")
    logs.configure(logging.INFO)
    with capture_logs() as said:
        used.info("after")
    assert [entry["event"] for entry in said] == ["after"]
