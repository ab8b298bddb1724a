"""What the tests of grids stand on: people of a community, and reports as a phone makes them."""

import uuid
from dataclasses import replace
from typing import Any

from services.intake.case import Actor
from services.intake.grids import care_handlers
from services.intake.grids.care_handlers import Asked
from services.intake.grids.report import Draft
from services.intake.staff import accounts
from shared import clock
from shared.permissions import User
from shared.runtime import Runtime
from tests.unit.intake.ground import COMMUNITY, ELSEWHERE, do

DESK = Actor("desk", "周敏", "desk", COMMUNITY)
MANAGER = Actor("manager", "郑书琴", "manager", COMMUNITY)
GRID = Actor("grid", "王小燕", "grid", COMMUNITY)
OTHER_GRID = Actor("grid-2", "陈亮", "grid", COMMUNITY)
STRANGER = Actor("desk-guiyuan", "孙丽华", "desk", ELSEWHERE)
PASSER_BY = Actor("", "@passer-by", "resident")
FIRST_GRID = f"{COMMUNITY}001"


def give_accounts(runtime: Runtime) -> None:
    """Accounts of all of them."""
    for one in (DESK, MANAGER, GRID, OTHER_GRID, STRANGER):
        user = User(one.username, one.name, one.role, community=one.community)
        do(runtime, accounts.add, user, "not a hash")


def hazard(**changes: Any) -> Draft:
    """A hazard as the phone makes it."""
    made = Draft(
        client_id=str(uuid.uuid4()),
        actor=GRID,
        kind="hazard",
        community=COMMUNITY,
        seen_at=clock.now(),
        category="charging",
        words="三楼有人拉线充电",
        place="供电小区 3 号楼",
        grid=FIRST_GRID,
    )
    return replace(made, **changes)


def visit(**changes: Any) -> Draft:
    """A visit where all is well."""
    plain = hazard(kind="visit", category="", words="", place="", answers={"met": "well"})
    return replace(plain, **changes)


def somebody(**changes: Any) -> Asked:
    """A very old person who lives alone; nothing of health."""
    asked = Asked(
        name="赵桂英",
        phone="13805611111",
        id_no="",
        address="供电小区 3 号楼 2 单元 401",
        grid=FIRST_GRID,
        groups=("elderly", "alone"),
        needs="",
        consent="",
        worker="grid-2",
    )
    return replace(asked, **changes)


def cared_for(runtime: Runtime, **changes: Any) -> Any:
    """Somebody on the care list."""
    return do(runtime, care_handlers.add, DESK, COMMUNITY, somebody(**changes))
