"""The search for people finds them in any writing, and what the log does to them."""

import base64
import json
import quopri
import subprocess
import sys
from urllib.parse import quote

import pytest

from shared.mask import mask_text
from tests.support.leaks import APPLICANT, ID, PHONE, PLACE, People, leaks
from tests.support.processes import ROOT

WRITINGS = {
    "UTF-8": str.encode,
    "UTF-16": lambda text: text.encode("utf-16-le"),
    "JSON": lambda text: json.dumps({"said": text}).encode(),
    "an address": lambda text: quote(text).encode(),
    "base64": lambda text: base64.b64encode(b"x" + text.encode()),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()),
    "repr of bytes": lambda text: repr(text.encode()).encode(),
    "HTML": lambda text: text.encode("ascii", "xmlcharrefreplace"),
}


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("kind", [APPLICANT, PHONE, ID, PLACE])
def test_a_person_is_found_in_any_writing(writing: str, kind: str) -> None:
    people = People()
    other, planted = people.of("other"), people.of("planted")
    data = b"before " + WRITINGS[writing](f"({planted[kind]})") + b" after"
    found = {(field, kind) for field, kind, _ in people.found_in(data)}
    # The last sign of a text need not show in base64, and whose it is then cannot be told.
    assert found - {("other", kind)} == {("planted", kind)}
    assert found == {("planted", kind)} or writing == "base64"
    masked = mask_text(other[kind], other[APPLICANT]).encode()
    assert kind == PLACE or not list(people.found_in(masked))


def test_a_name_in_the_log_is_found_and_a_number_there_is_masked(capfd) -> None:
    people = People()
    whose = people.of("log")
    code = (
        "import logging, structlog; from shared import logs; logs.configure(logging.DEBUG);"
        f"structlog.get_logger().info('said', phone='{whose[PHONE]}', name='{whose[APPLICANT]}');"
        f"logging.getLogger('x').warning('%s %s', '{whose[ID]}', ValueError('{whose[PLACE]}'))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    found = leaks(people, [("log", capfd.readouterr().err.encode())])
    assert [(leak.field, leak.kind) for leak in found] == [("log", APPLICANT)]
