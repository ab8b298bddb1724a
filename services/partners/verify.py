"""Check the ledger from the command line: ``python -m services.partners.verify``.

Recomputes every entry and every passbook; says the first that is wrong and exits with 1.
"""

import sys

from services.command import runtime_of
from services.partners.ledger_store import verify


def main() -> int:
    """Verify the ledger of the database the environment names; returns the exit status."""
    with runtime_of("partners").database.read() as connection:
        mismatch = verify(connection)
    if mismatch is None:
        sys.stdout.write("The ledger is sound.\n")
        return 0
    sys.stdout.write(
        f"{mismatch.what} {mismatch.code}: found {mismatch.found}, expected {mismatch.expected}\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
