"""Files as customers send them, good and bad, each made small by hand or by Pillow."""

import io
import struct
import zlib

from PIL import Image, ImageCms, TiffImagePlugin

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + bytes(400)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
ZIP = b"PK\x03\x04\x14\x00" + bytes(60)
EXECUTABLE = b"MZ\x90\x00" + bytes(60)


def _ogg_page(number: int, flags: int, granule: int, packets: list[bytes]) -> bytes:
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, 7, number, 0)
    page = head + bytes([len(packets), *map(len, packets)]) + b"".join(packets)
    check = 0
    for byte in page:
        check ^= byte << 24
        for _ in range(8):
            check = (check << 1 ^ (0x104C11DB7 if check & 0x80000000 else 0)) & 0xFFFFFFFF
    return page[:22] + struct.pack("<I", check) + page[26:]


OGG = (
    _ogg_page(0, 2, 0, [struct.pack("<8sBBHIHB", b"OpusHead", 1, 1, 0, 48000, 0, 0)])
    + _ogg_page(1, 0, 0, [struct.pack("<8sI4sI", b"OpusTags", 4, b"test", 0)])
    + _ogg_page(2, 4, 50 * 960, [b"\xf8\xff\xfe"] * 50)
)
"""A second of silence."""


def m4a(handler: bytes = b"soun", brand: bytes = b"M4A ") -> bytes:
    """Return the beginning of an MP4 whose only track is one of `handler`."""
    hdlr = b"hdlr" + bytes(8) + handler + bytes(12)
    return _box(b"ftyp", brand + bytes(4)) + _box(b"moov", _box(b"trak", hdlr)) + _box(b"mdat", b"")


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def photo(
    width: int = 40, height: int = 30, *, located: bool = False, turned: bool = False
) -> bytes:
    """Return a JPEG as a phone makes it: red above, blue below.

    `located` says where it was taken and who by; `turned` means that it has to be turned by 90
    degrees to be upright.
    """
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (0, height // 2, width, height))
    exif = Image.Exif()
    if located:
        exif[0x010F] = "Camera of Ada"
        place = exif.get_ifd(0x8825)
        place[1], place[2] = "N", tuple(TiffImagePlugin.IFDRational(at) for at in (41, 0, 33))
        place[3], place[4] = "E", tuple(TiffImagePlugin.IFDRational(at) for at in (28, 58, 40))
    if turned:
        exif[0x0112] = 6
    return _saved(image, "JPEG", quality=90, exif=exif, comment=b"taken at home" * located)


def png(width: int = 40, height: int = 30, *, see_through: bool = False) -> bytes:
    """Return a PNG of one colour."""
    mode, colour = ("RGBA", (0, 128, 0, 100)) if see_through else ("RGB", (0, 128, 0))
    return _saved(Image.new(mode, (width, height), colour), "PNG")


def webp() -> bytes:
    """Return a WebP of one colour."""
    return _saved(Image.new("RGB", (40, 30), "orange"), "WEBP")


def gif(frames: int = 3) -> bytes:
    """Return a GIF that moves; its first frame is red."""
    images = [Image.new("RGB", (20, 20), ("red", "green", "blue")[at % 3]) for at in range(frames)]
    return _saved(images[0], "GIF", save_all=True, append_images=images[1:], duration=100)


def wide_colours() -> bytes:
    """Return a JPEG with a colour profile of its own."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return _saved(Image.new("RGB", (40, 30), "red"), "JPEG", icc_profile=profile)


def print_colours() -> bytes:
    """Return a JPEG in the colours of printers."""
    return _saved(Image.new("CMYK", (40, 30), (0, 255, 255, 0)), "JPEG")


def bomb(side: int = 30_000) -> bytes:
    """Return a PNG of a few bytes that says it has `side` × `side` pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    lines = zlib.compress(bytes(1_000_000), 9)
    chunks = ((b"IHDR", header), (b"IDAT", lines), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def many_scans() -> bytes:
    """Return a JPEG that asks to be gone through a thousand times."""
    whole = _saved(Image.new("RGB", (64, 64), "red"), "JPEG", progressive=True)
    scan = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + scan * 1000 + whole[-2:]


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    saved = io.BytesIO()
    image.save(saved, form, **options)
    return saved.getvalue()


def opened(content: bytes) -> Image.Image:
    """Return a picture to look at."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
