"""`make run` on a Friday at nine in the morning (friday.py), whenever the tests run.

::

    python -m tests.browser.at_work        settings as for `python -m services`
"""

# ruff: noqa: E402 - as in services/__main__.py, everything must see the patched standard library
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet

eventlet.monkey_patch()

import sys

from services.command import main
from shared import clock
from tests.browser.friday import last_friday

A_DAY = 86_400.0

clock.shift_for_demo(last_friday(), hold=A_DAY)
sys.exit(main())
