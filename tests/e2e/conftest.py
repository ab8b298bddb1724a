"""Where the end-to-end tests run: the deployment that BAITONG_URL names, or one of our own."""

import os
from collections.abc import Iterator

import pytest

from tests.support.embedded import Run
from tools.client import Baitong, Person


@pytest.fixture(scope="session")
def baitong(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baitong]:
    """A running district."""
    if os.environ.get("BAITONG_URL"):
        yield Baitong.from_environment()
        return
    run = Run(tmp_path_factory.mktemp("district") / "data")
    with run.process:
        yield run.baitong


@pytest.fixture(scope="session")
def desk(baitong: Baitong) -> Person:
    """The officer at the all-in-one post 百通岗."""
    return baitong.person("desk")


@pytest.fixture(scope="session")
def police(baitong: Baitong) -> Person:
    """公安."""
    return baitong.person("dept-ga")


@pytest.fixture(scope="session")
def city(baitong: Baitong) -> Person:
    """城管."""
    return baitong.person("dept-cg")


@pytest.fixture(scope="session")
def supervisor(baitong: Baitong) -> Person:
    """区级督办."""
    return baitong.person("supervisor")


@pytest.fixture(scope="session")
def admin(baitong: Baitong) -> Person:
    """系统管理."""
    return baitong.person("admin")
