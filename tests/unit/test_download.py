import pytest
from werkzeug.http import parse_options_header

from shared.web.download import disposition


@pytest.mark.parametrize(
    "name", ["楼道照片二.jpg", "a b.png", 'x"; y.png', "\r\nSet-Cookie: a.png", "é.pdf"]
)
def test_any_name_stands_in_a_line_of_latin_letters(name):
    line = disposition("attachment", name)
    line.encode("latin-1")
    assert "\r" not in line
    assert "\n" not in line
    how, options = parse_options_header(line)
    assert (how, options["filename"]) == ("attachment", name)
