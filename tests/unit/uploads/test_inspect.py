"""What bytes are, whatever they are called."""

from pathlib import Path

import pytest

from shared.uploads import inspect
from shared.uploads.inspect import JPEG, MOST_BYTES, PDF, PNG, WEBP, kind_of
from shared.uploads.refused import RefusedFile, TooLarge
from shared.web.i18n import SHARED_CATALOGUE, missing_translations
from tests.unit.uploads import samples


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (samples.photo(), "IMG_0001.JPG", JPEG),
        (samples.photo(), "image.jpeg", JPEG),
        (samples.photo(), "photo", JPEG),
        (samples.written(samples.picture(), "PNG"), "截图.png", PNG),
        (samples.written(samples.picture(), "WEBP"), "a.webp", WEBP),
        (samples.pdf(), "户口簿.pdf", PDF),
    ],
)
def test_what_is_taken(data, name, kind):
    assert kind_of(data, name) is kind


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty.jpg"),
        (samples.GIF, "photo.jpg"),
        (samples.SVG, "photo.jpg"),
        (samples.HTML, "photo.jpg"),
        (samples.HTML, "paper.pdf"),
        (samples.archive(), "photo.jpg"),
        (b"MZ\x90\x00" + bytes(100), "photo.jpg"),
        (b"hello", "photo.jpg"),
        (b"junk" + samples.photo(), "photo.jpg"),
        (samples.photo(), "photo.png"),
        (samples.photo(), "photo.php"),
        (samples.photo(), "photo.jpg.html"),
        (samples.pdf(), "paper.jpg"),
    ],
)
def test_what_is_refused(data, name):
    with pytest.raises(RefusedFile) as refused:
        kind_of(data, name)
    assert refused.value.field == "file"
    assert refused.value.reason
    assert refused.value.remedy


def test_every_word_of_a_refusal_is_translated():
    folder = Path(inspect.__file__).parent
    assert missing_translations(folder, SHARED_CATALOGUE) == []


def test_ten_megabytes_are_taken_and_one_byte_more_is_not():
    data = samples.photo()
    assert kind_of(data + bytes(MOST_BYTES - len(data)), "a.jpg") is JPEG
    with pytest.raises(TooLarge):
        kind_of(data + bytes(MOST_BYTES - len(data) + 1), "a.jpg")
