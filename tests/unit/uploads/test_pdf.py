"""A PDF that could do more than be read is not taken."""

import pytest

from shared.uploads import pdf
from shared.uploads.prepare import prepare
from shared.uploads.refused import RefusedFile, Unreadable
from tests.unit.uploads import samples

SCRIPT = b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"


def test_a_plain_one_is_kept_as_it_is():
    given = samples.pdf(samples.hidden(b"4 0 << /Type /Font >>"))
    assert prepare(given, "a.pdf").data == given
    assert prepare(given, "a.pdf").preview == b""


@pytest.mark.parametrize(
    "given",
    [
        samples.pdf(catalog=SCRIPT),
        samples.pdf(catalog=b"/OpenAction << /S /J#61va#53cript /JS (1) >>"),
        samples.pdf(catalog=b"/OpenAction << /S /#4a#61#76#61#53#63#72#69#70#74 >>"),
        samples.pdf(catalog=b"/OpenAction << /S /Launch /F (cmd.exe) >>"),
        samples.pdf(b"4 0 obj\n<< /Type /EmbeddedFile >>\nendobj\n"),
        samples.pdf(catalog=b"/Names << /EmbeddedFiles 4 0 R >>"),
        samples.pdf(samples.hidden(b"4 0 << " + SCRIPT + b" >>")),
        samples.pdf(samples.hidden(b"4 0 << " + SCRIPT + b" >>", b"/Type /Obj#53tm /N 1 /First 4")),
        samples.pdf(samples.hidden(b"4 0 << " + SCRIPT + b" >>", before=b"% stream\n")),
    ],
    ids=["script", "escaped", "whole", "launch", "file", "files", "compressed", "both", "hidden"],
)
def test_what_acts_is_refused(given):
    with pytest.raises(RefusedFile, match="脚本"):
        pdf.check(given)


def test_what_is_locked_is_refused():
    with pytest.raises(RefusedFile, match="密码"):
        pdf.check(samples.pdf(trailer=b"/Encrypt 5 0 R"))


@pytest.mark.parametrize(
    "given",
    [
        samples.pdf()[:-20],
        samples.pdf() + samples.archive(),
        samples.pdf() + samples.HTML,
        samples.pdf(b"9 0 obj\n<< /Type /ObjStm /Length 4 >>\nstream\nnoise\nendstream\nendobj\n"),
        samples.pdf(samples.hidden(bytes(pdf.MOST_INFLATED + 1))),
        samples.pdf(b"/ObjStm stream\n" + samples.zlib.compress(b"")[:-2]),
    ],
    ids=["cut", "zip", "html", "noise", "bomb", "half"],
)
def test_what_nobody_can_look_through_is_refused(given):
    with pytest.raises(Unreadable):
        pdf.check(given)


def test_more_streams_than_anybody_writes_are_refused():
    one = samples.hidden(b"4 0 <<>>")
    pdf.check(samples.pdf(one * pdf.MOST_OBJECT_STREAMS))
    with pytest.raises(Unreadable):
        pdf.check(samples.pdf(one * (pdf.MOST_OBJECT_STREAMS + 1)))
    other = b"stream\n"
    pdf.check(samples.pdf(other * pdf.MOST_BEGINNINGS))
    with pytest.raises(Unreadable):
        pdf.check(samples.pdf(other * (pdf.MOST_BEGINNINGS + 1)))


@pytest.mark.parametrize(
    "name",
    [b"/JavaScripts", b"/JavaScript#20", b"/J#2361vaScript", b"/Launch-1", b"/Encryption", b"/J#6"],
)
def test_a_name_that_only_begins_like_one_is_taken(name):
    pdf.check(samples.pdf(samples.hidden(name), catalog=name))


@pytest.mark.parametrize("end", [b"", b" ", b"/", b"<", b"(", b"]", b"%", b"\x00"])
def test_a_name_ends_where_the_format_says(end):
    with pytest.raises(RefusedFile, match="脚本"):
        pdf.check(samples.pdf(samples.hidden(b"/Launch" + end)))
