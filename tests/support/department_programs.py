"""The programs of docs/departments.md, started as a department would: knowing only the address."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes import ROOT
from tests.unit.routing.doc_examples import examples

RESULT = "已约谈店主,二十二点后停用音响。"
"""What every program answers."""
NODE = ROOT / "docs" / "examples" / "node"
BIN = Path(sys.executable).parent
Laid = tuple[list[str], Path]
"""A program that was laid out: its command and its folder."""


def _python(text: str, folder: Path) -> Laid:
    return [sys.executable, "-W", "ignore", "-c", text], folder


def _nameko(text: str, folder: Path) -> Laid:
    (folder / "system.py").write_text(text, encoding="utf-8")
    (folder / "config.yml").write_text(examples("yaml")["nameko.config"], encoding="utf-8")
    return [str(BIN / "nameko"), "run", "--config", "config.yml", "system"], folder


def _node(text: str, folder: Path) -> Laid:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(NODE / name, folder)
    npm = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(npm, cwd=folder, check=True)
    (folder / "program.mjs").write_text(text, encoding="utf-8")
    return ["node", "program.mjs"], folder


AMQP: Mapping[str, tuple[str, str, Callable[[str, Path], Laid]]] = {
    "pika": ("python", "ga", _python),
    "kombu": ("python", "cg", _python),
    "nameko": ("python", "sf", _nameko),
    "node": ("js", "mz", _node),
}
"""Program -> its language in the document, whose it is here, and how it is laid out."""


def need_node() -> None:
    """Skip without Node; under CI it has to be there."""
    if shutil.which("npm") is None and not os.environ.get("CI"):
        pytest.skip("npm is not here; tools/install_node.sh installs it")


def text_for(kind: str, name: str, code: str) -> str:
    """The example as it stands in the document, with this department's code in place of ga's."""
    return re.sub(r"(?<![A-Za-z])ga(?![A-Za-z])", code, examples(kind)[name])


@contextmanager
def running(name: str, url: str, folder: Path, code: str = "") -> Iterator[None]:
    """One of the programs, answering what comes at this address; of another department if named."""
    kind, its_code, lay_out = AMQP[name]
    command, where = lay_out(text_for(kind, name, code or its_code), folder)
    with subprocess.Popen(command, cwd=where, env=os.environ | {"AMQP_URL": url}) as program:
        try:
            yield
        finally:
            program.kill()


def shell(name: str, code: str, **variables: str) -> str:
    """Run one of the shell examples; what it prints.

    Raises:
        CalledProcessError: it ended with an error.
    """
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text_for("sh", name, code)],
        env=os.environ | {"no_proxy": "*"} | variables,
        check=True,
        capture_output=True,
        text=True,
    )
    return ended.stdout


def password_in(printed: str) -> str:
    """The password that onboarding printed, once."""
    found = re.search(r"^Password of \S+: (\S+)$", printed, re.MULTILINE)
    assert found is not None, printed
    return found[1]


def secret_in(printed: str) -> str:
    """The webhook's secret that onboarding printed, once."""
    found = re.search(r"whsec_\S+", printed)
    assert found is not None, printed
    return found[0]
