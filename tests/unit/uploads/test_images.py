"""Photos come out as pixels and nothing else."""

import io

import pytest
from PIL import Image

from shared.uploads import images
from shared.uploads.images import LONGEST_SIDE, PREVIEW_SIDE, rewrite
from shared.uploads.inspect import JPEG, PNG, WEBP
from shared.uploads.jpeg import has_more_scans
from shared.uploads.prepare import prepare
from shared.uploads.refused import RefusedFile, Unreadable
from tests.unit.uploads import samples

EVERY = pytest.mark.parametrize("kind", [JPEG, PNG, WEBP], ids=lambda kind: kind.media_type)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@EVERY
def test_nothing_of_the_camera_stays(kind):
    given = samples.photo(kind=kind.pillow[0])
    assert samples.CAMERA.encode() in given
    assert opened(given).getexif()
    photo = rewrite(given, kind)
    for kept in (photo.data, photo.preview):
        image = opened(kept)
        assert image.format == kind.pillow[0]
        assert not image.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp"} & image.info.keys()
        for trace in (samples.CAMERA, samples.PLACE, "Exif", "GPS", "ICC_PROFILE", "iCCP"):
            assert trace.encode() not in kept


@pytest.mark.parametrize(("orientation", "corner"), [(1, "red"), (3, "blue"), (6, "red")])
def test_it_stands_upright(orientation, corner):
    photo = rewrite(samples.photo(orientation, "PNG"), PNG)
    turned = orientation == 6
    assert (photo.width, photo.height) == ((40, 64) if turned else (64, 40))
    colours = {"red": (255, 0, 0), "blue": (0, 0, 255)}
    assert opened(photo.data).convert("RGB").getpixel((1, 1)) == colours[corner]


def test_the_longest_side_is_bounded():
    photo = rewrite(samples.written(samples.picture(4000, 1000)), JPEG)
    assert (photo.width, photo.height) == (LONGEST_SIDE, 640)
    assert opened(photo.data).size == (LONGEST_SIDE, 640)
    assert max(opened(photo.preview).size) == PREVIEW_SIDE


def test_what_is_transparent_stays_so():
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    photo = rewrite(samples.written(clear, "PNG"), PNG)
    assert opened(photo.data).getpixel((3, 3))[3] == 0


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_colour_models_become_rgb(mode):
    given = samples.written(Image.new(mode, (9, 9)), "JPEG")
    assert opened(rewrite(given, JPEG).data).mode == "RGB"


def test_of_several_pictures_the_first_is_kept():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    given = samples.written(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    assert getattr(opened(given), "n_frames", 1) == 2
    assert getattr(opened(rewrite(given, WEBP).data), "n_frames", 1) == 1


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch):
    given = samples.bomb()
    assert len(given) < 1000

    def decoded(self):
        raise AssertionError("it was decoded")

    monkeypatch.setattr(Image.Image, "load", decoded)
    with pytest.raises(RefusedFile, match="像素太多"):
        rewrite(given, PNG)


def test_a_little_more_than_is_taken_is_refused_too(monkeypatch):
    monkeypatch.setattr(images, "MOST_JPEG_PIXELS", 64 * 40)
    monkeypatch.setattr(images, "MOST_PIXELS", 64 * 40 - 1)
    rewrite(samples.photo(), JPEG)
    with pytest.raises(RefusedFile, match="像素太多"):
        rewrite(samples.photo(kind="PNG"), PNG)
    monkeypatch.setattr(images, "MOST_JPEG_PIXELS", 64 * 40 - 1)
    with pytest.raises(RefusedFile, match="像素太多"):
        rewrite(samples.photo(), JPEG)


def test_a_long_and_narrow_one_is_decoded_smaller_too(monkeypatch):
    decoded = []
    load = images._small
    monkeypatch.setattr(
        images, "_small", lambda picture, mode: decoded.append(picture.size) or load(picture, mode)
    )
    photo = rewrite(samples.written(samples.picture(40_000, 100)), JPEG)
    assert decoded == [(5000, 13)]
    assert photo.width == LONGEST_SIDE


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGB", "RGBA"])
def test_every_model_of_a_png_is_made_small(mode):
    photo = rewrite(samples.written(Image.new(mode, (LONGEST_SIDE + 40, 8)), "PNG"), PNG)
    assert opened(photo.data).size == (LONGEST_SIDE, 8)


def test_a_colour_that_is_transparent_stays_so():
    given = samples.written(samples.picture(3000, 30), "PNG", transparency=(255, 0, 0))
    image = opened(rewrite(given, PNG).data)
    assert [image.getpixel((x, 3))[3] for x in (3, image.width - 3)] == [0, 255]


# ---- Scans ----


@pytest.mark.parametrize("progressive", [False, True])
def test_the_scans_of_a_photo_are_taken(progressive):
    given = samples.written(samples.picture(), progressive=progressive)
    least = given.count(samples.SCAN)
    assert least == (10 if progressive else 1)
    assert has_more_scans(given, least - 1)
    assert not has_more_scans(given, least)


def test_more_scans_than_any_program_writes_are_refused():
    given = samples.scans(20)
    rewrite(given, JPEG)
    with pytest.raises(RefusedFile, match="太复杂"):
        rewrite(samples.scans(21), JPEG)


def test_what_only_looks_like_a_scan_is_none():
    photo = samples.written(samples.picture(), comment=samples.SCAN * 99)
    film = samples.SCAN * 99
    assert not has_more_scans(photo + film, 1)
    assert not has_more_scans(b"", 1)


@pytest.mark.parametrize(
    "behind",
    [samples.archive(), samples.HTML, b"<?php system('id'); ?>"],
    ids=["zip", "html", "php"],
)
@EVERY
def test_what_is_appended_is_gone(kind, behind):
    kept = prepare(samples.photo(kind=kind.pillow[0]) + behind, "")
    assert kept.kind is kind
    for bytes_ in (kept.data, kept.preview):
        assert behind not in bytes_
        for trace in (b"PK\x03\x04", b"<script", b"<?php"):
            assert trace not in bytes_


@EVERY
def test_every_truncated_image_is_refused(kind):
    whole = samples.written(samples.picture(200, 200), kind.pillow[0])
    for length in range(len(whole) * 1 // 10, len(whole) * 9 // 10, max(1, len(whole) // 20)):
        with pytest.raises(Unreadable):
            rewrite(whole[:length], kind)


@EVERY
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # of EXIF that is broken
def test_changed_bytes_never_raise_anything_else(kind):
    whole = samples.photo(kind=kind.pillow[0])
    for place in range(0, len(whole), 3):
        changed = bytearray(whole)
        changed[place] ^= 0xA5
        try:
            rewrite(bytes(changed), kind)
        except RefusedFile as refused:
            assert refused.remedy  # noqa: PT017 - it may also be taken


def test_one_kind_is_not_read_as_another():
    with pytest.raises(Unreadable):
        rewrite(samples.written(samples.picture(), "PNG"), JPEG)
