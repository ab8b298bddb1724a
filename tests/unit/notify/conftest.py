"""Fixtures of notify's unit tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shared import clock


@pytest.fixture
def at_work():
    """A clock that stands at ten on a Monday morning."""
    from tests.unit.notify.stand import MONDAY_MORNING  # noqa: PLC0415 - see _runtime

    with clock.set_for_tests(MONDAY_MORNING) as stopped:
        yield stopped


@pytest.fixture
def embedded(tmp_path: Path, at_work):
    """The embedded run: everything in-app."""
    with _runtime(tmp_path / "embedded", None) as runtime:
        yield runtime


@pytest.fixture
def deployed(tmp_path: Path, at_work):
    """A deployment with every channel."""
    from tests.unit.notify.stand import DEPLOYED  # noqa: PLC0415 - see _runtime

    with _runtime(tmp_path / "deployed", DEPLOYED) as runtime:
        yield runtime


@contextmanager
def _runtime(folder: Path, channels: Mapping[str, str] | None) -> Iterator[Any]:
    # Imported here: pytest's filters for warnings do not yet hold while this file is loaded.
    from tests.unit.notify.stand import make_runtime  # noqa: PLC0415

    folder.mkdir()
    runtime = make_runtime(folder, channels)
    yield runtime
    runtime.database.engine.dispose()
