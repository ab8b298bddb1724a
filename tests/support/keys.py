"""Data keys for tests: a ring, and its text for a deployed service's environment."""

import os
import time
from pathlib import Path

from shared.sealing import KeyRing
from shared.sealing.commands import SETTLED
from shared.sealing.keys import new_line

DATA_KEYS = new_line("tests")
"""What ``DATA_KEYS`` is for a service under test; another one in every run."""
KEYS = KeyRing(DATA_KEYS)


def rested(path: Path) -> None:
    """Let a key file be as old as `keys drop` asks, which a test does not wait for."""
    then = time.time() - SETTLED
    os.utime(path, (then, then))
