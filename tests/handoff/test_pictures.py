"""Pictures are drawn anew: what can be seen stays, and nothing else."""

from collections.abc import Callable

import pytest

from handoff.errors import FileBroken
from handoff.pictures import LONGEST_SIDE, MOST_PIXELS, redraw
from tests.fakes import files


def test_photo_says_no_more_where_and_with_what_it_was_taken() -> None:
    before = files.photo(located=True)
    assert files.opened(before).getexif().get_ifd(0x8825)
    drawn = redraw(before, "image/jpeg")
    assert (drawn.type, drawn.width, drawn.height) == ("image/jpeg", 40, 30)
    after = files.opened(drawn.content)
    assert dict(after.getexif()) == {}
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(after.info)
    assert b"Ada" not in drawn.content
    assert b"home" not in drawn.content


def test_photo_is_turned_upright_as_its_camera_said() -> None:
    drawn = redraw(files.photo(40, 30, turned=True), "image/jpeg")
    assert (drawn.width, drawn.height) == (30, 40)
    upright = files.opened(drawn.content).convert("RGB")
    left, right = upright.getpixel((2, 20)), upright.getpixel((27, 20))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[2] > 200 > left[0]
    assert right[0] > 200 > right[2]


def test_large_photo_becomes_as_large_as_a_screen() -> None:
    drawn = redraw(files.photo(6000, 3000), "image/jpeg")
    assert (drawn.width, drawn.height) == (LONGEST_SIDE, LONGEST_SIDE // 2)


@pytest.mark.parametrize(
    ("make", "kind", "becomes"),
    [
        (files.png, "image/png", "image/png"),
        (lambda: files.png(see_through=True), "image/png", "image/png"),
        (files.webp, "image/webp", "image/jpeg"),
        (files.gif, "image/gif", "image/png"),
        (files.wide_colours, "image/jpeg", "image/jpeg"),
        (files.print_colours, "image/jpeg", "image/jpeg"),
    ],
)
def test_every_picture_becomes_one_that_platforms_take(
    make: Callable[[], bytes], kind: str, becomes: str
) -> None:
    drawn = redraw(make(), kind)
    assert drawn.type == becomes
    seen = files.opened(drawn.content)
    assert seen.size == (drawn.width, drawn.height)
    assert getattr(seen, "n_frames", 1) == 1


def test_what_can_be_seen_through_stays_so() -> None:
    drawn = redraw(files.png(see_through=True), "image/png")
    assert files.opened(drawn.content).mode == "RGBA"


def test_moving_picture_shows_its_beginning() -> None:
    seen = files.opened(redraw(files.gif(), "image/gif").content).convert("RGB")
    assert seen.getpixel((5, 5)) == (255, 0, 0)


def test_printers_colours_stay_what_they_look_like() -> None:
    seen = files.opened(redraw(files.print_colours(), "image/jpeg").content)
    pixel = seen.getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200 > max(pixel[1:]) + 100


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (files.photo()[:-300], "image/jpeg"),
        (files.photo()[:20], "image/jpeg"),
        (b"\xff\xd8\xff" + bytes(2000), "image/jpeg"),
        (b"\xff\xd8\xff" + files.PDF, "image/jpeg"),
        (files.png()[:-30], "image/png"),
        (b"\x89PNG\r\n\x1a\n" + files.SVG, "image/png"),
        (b"RIFF\x10\x00\x00\x00WEBP" + bytes(40), "image/webp"),
        (b"GIF89a" + bytes(40), "image/gif"),
        (files.bomb(), "image/png"),
        (files.bomb(8_000), "image/png"),
        (files.many_scans(), "image/jpeg"),
        (files.png(), "image/jpeg"),
    ],
)
def test_what_is_no_picture_or_too_much_of_one_is_refused(content: bytes, kind: str) -> None:
    with pytest.raises(FileBroken, match="send"):
        redraw(content, kind)


def test_refusal_of_too_many_pixels_says_how_many_may_be() -> None:
    with pytest.raises(FileBroken, match=f"at most {MOST_PIXELS // 10**6} megapixels"):
        redraw(files.bomb(8_000), "image/png")
