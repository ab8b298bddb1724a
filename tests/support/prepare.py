"""What `make test` runs before pytest: decide where the brokers come from and install what lacks.

Prints the decision (docker or local) on standard output and everything else on standard error.
"""

import subprocess
import sys
from pathlib import Path

from tests.support.brokers import DESCRIPTIONS, choose

_INSTALL = Path(__file__).parents[2] / "tools" / "install_brokers.sh"


def main() -> int:
    """Decide, install, report; return the exit code."""
    mode = choose()
    if mode == "local":
        installed = subprocess.run([str(_INSTALL)], check=False)
        if installed.returncode != 0:
            return installed.returncode
    print(DESCRIPTIONS[mode], file=sys.stderr)
    print(mode)
    return 0


if __name__ == "__main__":
    sys.exit(main())
