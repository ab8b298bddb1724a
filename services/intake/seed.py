"""What the embedded run starts with: the pack's staff as demo accounts. Nowhere else."""

from services.intake.staff import accounts
from services.intake.staff.passwords import hash_demo_password
from shared.db import Transaction
from shared.permissions import User
from shared.runtime import Runtime

DEMO_PASSWORD = "baitong"  # noqa: S105 - public: it stands in the README


def seed(runtime: Runtime) -> None:
    """Give each member of the pack's staff an account that is not there yet.

    Raises:
        RuntimeError: not the embedded run; a district's accounts are made with `account add`.

    """
    if not runtime.settings.embedded:
        raise RuntimeError("seed: demo accounts are for the embedded run; use `account add`")
    staff = runtime.district.staff
    wanted = accounts.missing(runtime.database, staff)
    if not wanted:
        return
    # One hash for all: a salt each would keep apart passwords that stand in the README anyway, and
    # cost every first start half a second.
    shared = hash_demo_password(DEMO_PASSWORD)
    users = [
        User(
            person.username,
            person.name,
            person.role,
            community=person.community,
            department=person.department,
            partner=person.partner,
            grids=person.grids,
        )
        for username, person in staff.items()
        if username in wanted
    ]

    runtime.database.run(lambda tx: _add_all(tx, users, shared))


def _add_all(tx: Transaction, users: list[User], password_hash: str) -> None:
    for user in users:
        accounts.add(tx, user, password_hash)
