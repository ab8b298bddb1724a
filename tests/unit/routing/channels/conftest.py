# ruff: noqa: PLC0415 - eventlet warns when it is first imported, before pytest knows what to ignore
import pytest


@pytest.fixture
def db():
    from tests.unit.routing import ground
    from tests.unit.routing.channels import stand

    with ground.at():
        made = ground.database()
        made.settings = stand.settings(**stand.SMTP)
        yield made


@pytest.fixture
def hook():
    from tests.unit.routing.channels import stand

    with stand.hook() as kept:
        yield kept
