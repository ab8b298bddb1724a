"""Data keys for tests: a ring, and its text for a deployed service's environment."""

from shared.sealing import KeyRing
from shared.sealing.keys import new_line

DATA_KEYS = new_line("tests")
"""What ``DATA_KEYS`` is for a service under test; another one in every run."""
KEYS = KeyRing(DATA_KEYS)
