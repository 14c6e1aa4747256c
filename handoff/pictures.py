"""Pictures as they are kept: drawn anew, so that nothing is left of a file but what can be seen.

Where and with what a photo was taken stands beside its pixels and is not taken over.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from handoff.errors import FileBroken
from handoff.files import GIF, JPEG, PNG, WEBP

MOST_PIXELS = 50_000_000
"""Pixels of a picture as it comes; decoding needs four bytes for each."""

LONGEST_SIDE = 2560
"""Pixels of a picture as it is kept."""

_FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", GIF: "GIF"}
_QUALITY = 85
_LARGE_PNG = 2 * 1024 * 1024
# Each scan of a progressive JPEG goes through all its pixels; cameras make at most a dozen.
_MOST_SCANS = 100
_SCAN = b"\xff\xda"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture drawn anew."""

    type: str
    content: bytes
    width: int
    height: int


def redraw(content: bytes, kind: str) -> Picture:
    """Return a picture as it is kept: upright, its first frame, as JPEG or PNG.

    `kind` is what it was found to be. Takes up to a second of processor time. Raises FileBroken.
    """
    if kind == JPEG and content.count(_SCAN) > _MOST_SCANS:
        raise FileBroken("the picture cannot be read; send another one")
    try:
        with Image.open(io.BytesIO(content), formats=[_FORMATS[kind]]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise FileBroken(f"send a picture of at most {MOST_PIXELS // 10**6} megapixels")
            drawn = _draw(opened)
        return _encode(drawn, line_art=kind in (PNG, GIF))
    except FileBroken:
        raise
    except Exception as error:
        # Decoders raise whatever they stumble over.
        raise FileBroken("the picture cannot be read; send another one") from error


def _draw(opened: Image.Image) -> Image.Image:
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # decodes large JPEGs no larger than needed
    profile = opened.info.get("icc_profile")
    upright = ImageOps.exif_transpose(opened)
    drawn = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    if profile and opened.mode in ("RGB", "RGBA"):
        drawn = _in_plain_colours(drawn, profile)
    drawn.info.clear()
    return drawn


def _in_plain_colours(drawn: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture in the colours that need no profile to be shown right."""
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        plain = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(drawn, own, plain)
    except (ImageCms.PyCMSError, OSError):
        return drawn  # a profile that cannot be read
    return converted or drawn


def _encode(drawn: Image.Image, *, line_art: bool) -> Picture:
    transparent = drawn.mode == "RGBA"
    if transparent or line_art:
        content = _saved(drawn, "PNG")
        if transparent or len(content) <= _LARGE_PNG:
            return Picture(PNG, content, drawn.width, drawn.height)
    return Picture(JPEG, _saved(drawn, "JPEG", quality=_QUALITY), drawn.width, drawn.height)


def _saved(drawn: Image.Image, form: str, **options: int) -> bytes:
    saved = io.BytesIO()
    drawn.save(saved, form, **options)
    return saved.getvalue()
