"""docs/asyncapi.yaml as the official AsyncAPI parser reads it (npm; `make contracts`)."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.docs import ROOT

Json = dict[str, Any]
PARSER = Path(__file__).parent / "asyncapi"
DOCUMENT = ROOT / "docs/asyncapi.yaml"
SPEAKS = "notify.says"
"""The operation that the broken copies are about: with less in them they are read sooner."""
BROKEN = {
    "a word that is none of its own": ("action: send", "action: shout"),
    "a reference that leads nowhere": ("#/channels/notify.events", "#/channels/nobody.events"),
    "a schema that is none": ("type: object", "type: thing"),
}
"""What is wrong -> (this, becomes this)."""


@pytest.fixture(scope="module")
def document() -> Json:
    return yaml.load(DOCUMENT.read_bytes(), Loader=yaml.CSafeLoader)


@pytest.fixture(scope="module")
def said(document: Json, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bool, str]]:
    """What the parser says of the document and of each copy: is it valid, and why not."""
    _have_parser()
    folder, files = tmp_path_factory.mktemp("copies"), {"today's": DOCUMENT}
    small = yaml.safe_dump(_part(document), sort_keys=False)
    for name, (right, wrong) in {"a part": ("", ""), **BROKEN}.items():
        assert right in small, f"{name}: the document no longer says {right}"
        files[name] = folder / f"{len(files)}.yaml"
        files[name].write_text(small.replace(right, wrong, 1), encoding="utf-8")
    command = ["node", "validate.mjs", *map(str, files.values())]
    ended = subprocess.run(command, cwd=PARSER, capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended.stderr  # the broken ones are among them
    lines = ended.stdout.splitlines()
    return {name: _verdict(lines, f"{file}: ") for name, file in files.items()}


def _part(document: Json) -> Json:
    """The document with one operation, its channel and what that carries."""
    operation = document["operations"][SPEAKS]
    channel = operation["channel"]["$ref"].rsplit("/", 1)[-1]
    carried = document["channels"][channel]["messages"]
    messages = {name: document["components"]["messages"][name] for name in carried}
    return document | {
        "operations": {SPEAKS: operation},
        "channels": {channel: document["channels"][channel]},
        "components": document["components"] | {"messages": messages},
    }


def _have_parser() -> None:
    """Have it installed; where there is no npm, it is CI alone that has to."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        why = "the official AsyncAPI parser needs Node.js and npm: run tools/install_node.sh"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    subprocess.run(["make", "asyncapi-parser"], cwd=ROOT, check=True)


def _verdict(lines: list[str], start: str) -> tuple[bool, str]:
    own = [line.removeprefix(start) for line in lines if line.startswith(start)]
    return "valid" in own, "\n".join(own)


@pytest.mark.parametrize("which", ["today's", "a part"])
def test_the_document_is_valid(said, which: str) -> None:
    valid, why = said[which]
    assert valid, why


def test_every_message_was_understood(said, document: Json) -> None:
    understood = re.search(r"^(\d+) messages$", said["today's"][1], re.MULTILINE)
    assert understood is not None
    assert int(understood[1]) == len(document["components"]["messages"])


@pytest.mark.parametrize("wrong", BROKEN)
def test_a_broken_copy_is_not(said, wrong: str) -> None:
    valid, why = said[wrong]
    assert not valid
    assert "error at " in why
