"""Every module can be the first that is loaded: none needs another to have been there before."""

import subprocess
import sys

from tests.architecture.checks import ROOT, sources

LOAD = """
import importlib, sys, traceback, warnings
warnings.simplefilter("ignore")
for name in sys.stdin.read().split():
    for loaded in [m for m in sys.modules if m.split(".")[0] == "services"]:
        del sys.modules[loaded]
    try:
        importlib.import_module(name)
    except (ImportError, AttributeError) as error:
        print(f"{name}: {error}")
"""


def test_every_module_loads_first() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sources(ROOT / "services" / "routing")
        if path.name != "__init__.py"
    ]
    found = subprocess.run(
        [sys.executable, "-c", LOAD],
        input="\n".join(names),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert len(names) > 50
    assert not found.stdout
