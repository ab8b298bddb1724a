"""The district packs as services under test read them: with few examples, so that they start soon.

What the suggestions make of all examples takes seconds of every start; what they are worth is
tested by itself (tests/unit/routing/test_suggest*.py).
"""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from shared.district import DISTRICTS

EVERY = 20
_EXAMPLE = "  - {say:"


@functools.cache
def packs() -> Path:
    """A copy of `districts/` in which every 20th example is left; all else is as it is."""
    folder = Path(tempfile.mkdtemp(prefix="baitong-districts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(DISTRICTS, folder, dirs_exist_ok=True)
    for file in folder.glob("*/examples.yml"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        head = [line for line in lines if not line.startswith(_EXAMPLE)]
        examples = [line for line in lines if line.startswith(_EXAMPLE)]
        file.write_text("".join([*head, *examples[::EVERY]]), encoding="utf-8")
    return folder
