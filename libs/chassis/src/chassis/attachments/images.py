"""JPEG and PNG: read by Pillow, then written anew piece by piece without what is no picture.

The pieces are copied, not painted again: a signature on paper stays as sharp as it was sent. Dropped are comments,
text, EXIF (but for which way is up) and everything that follows the end of the image, where a second file would hide.
"""

from __future__ import annotations

import io
import re
import struct
import warnings

from PIL import Image

from chassis.attachments import JPEG, FileDamaged, FileTooComplex

MAX_PIXELS = 40_000_000
KEPT_CHUNKS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"pHYs", b"sBIT"}
)
SOI, EOI, SOS, EXIF = 0xD8, 0xD9, 0xDA, 0xE1
KEPT_APPLICATION = frozenset({0xE0, 0xE2, 0xEE})
"""JFIF, the colour profile, and Adobe's note on how the colours are stored."""
ORIENTATION = 0x0112
SCANNED = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
"""The next marker after the image's own data."""


def clean(data: bytes, media_type: str) -> bytes:
    """The image and nothing else; raises ``FileDamaged`` or ``FileTooComplex``."""
    turned = _read(data, media_type)
    try:
        return _jpeg(data, turned) if media_type == JPEG else _png(data)
    except (IndexError, struct.error):
        raise FileDamaged from None


def _read(data: bytes, media_type: str) -> int:
    """Let Pillow read it; returns its orientation (1: as it is)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            Image.MAX_IMAGE_PIXELS = MAX_PIXELS
            with Image.open(io.BytesIO(data), formats=["JPEG" if media_type == JPEG else "PNG"]) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise FileTooComplex
                turned = image.getexif().get(ORIENTATION, 1) if media_type == JPEG else 1
                if media_type == JPEG:
                    # An eighth of the size is enough to know that it can be read, and takes a 64th of the memory.
                    image.draft("L", (max(1, width // 8), max(1, height // 8)))
                    image.load()
                else:
                    image.verify()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise FileTooComplex from None
    except (OSError, SyntaxError, ValueError, struct.error, EOFError, IndexError):
        raise FileDamaged from None
    return turned if isinstance(turned, int) and 1 <= turned <= 8 else 1  # noqa: PLR2004 - EXIF knows eight


def _png(data: bytes) -> bytes:
    kept, place = [data[:8]], 8
    while True:
        (length,) = struct.unpack_from(">I", data, place)
        kind, end = data[place + 4 : place + 8], place + 12 + length
        if end > len(data):
            raise FileDamaged
        if kind in KEPT_CHUNKS:
            kept.append(data[place:end])
        if kind == b"IEND":
            return b"".join(kept)
        place = end


def _jpeg(data: bytes, turned: int) -> bytes:
    kept, place = [data[:2]], 2
    if turned != 1:
        kept.append(_orientation(turned))
    while True:
        if data[place] != 0xFF:  # noqa: PLR2004 - every marker begins so
            raise FileDamaged
        while data[place + 1] == 0xFF:  # noqa: PLR2004 - fill bytes
            place += 1
        marker = data[place + 1]
        if marker == EOI:
            kept.append(b"\xff\xd9")
            return b"".join(kept)
        (length,) = struct.unpack_from(">H", data, place + 2)
        end = place + 2 + length
        if length < 2 or end > len(data):  # noqa: PLR2004 - the length counts itself
            raise FileDamaged
        is_application = 0xE0 <= marker <= 0xEF  # noqa: PLR2004 - APP0 to APP15
        if marker != 0xFE and (not is_application or marker in KEPT_APPLICATION):  # noqa: PLR2004 - a comment
            kept.append(data[place:end])
        place = end
        if marker == SOS:
            following = SCANNED.search(data, place)
            if following is None:
                raise FileDamaged
            kept.append(data[place : following.start()])
            place = following.end() - 2


def _orientation(turned: int) -> bytes:
    """An EXIF block that says which way is up and no more."""
    directory = struct.pack(">HHHIHH", 1, ORIENTATION, 3, 1, turned, 0) + b"\0\0\0\0"
    body = b"Exif\0\0" + b"MM\0*" + struct.pack(">I", 8) + directory
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
