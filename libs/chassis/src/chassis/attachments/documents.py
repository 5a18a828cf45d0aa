"""PDF: it must open to its pages, without a password, and hold nothing that acts by itself."""

from __future__ import annotations

import io
from typing import Any

import pikepdf

from chassis.attachments import FileActive, FileDamaged, FileEncrypted, FileTooComplex

MAX_OBJECTS = 50_000
MAX_PAGES = 200
MAX_DEPTH = 40
ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition", "/Movie", "/Sound", "/GoToE"}
)
"""Actions that run, send or open something. A link to an address or to a page is none of them."""
KEYS = frozenset({"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent", "/Rendition"})


def check(data: bytes) -> None:
    """Raise unless it is a plain document."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if pdf.is_encrypted:
                raise FileEncrypted
            if len(pdf.objects) > MAX_OBJECTS:
                raise FileTooComplex
            pages = len(pdf.pages)
            if pages > MAX_PAGES:
                raise FileTooComplex
            if pages == 0:
                raise FileDamaged
            left = [MAX_OBJECTS * 20]
            for each in pdf.objects:
                _look(each, MAX_DEPTH, left)
    except pikepdf.PasswordError:
        raise FileEncrypted from None
    except (pikepdf.PdfError, ValueError, RuntimeError, KeyError, IndexError, AttributeError):
        raise FileDamaged from None


def _look(thing: Any, depth: int, left: list[int]) -> None:
    """Look at an object and what stands in it; what it only refers to is looked at by itself."""
    left[0] -= 1
    if depth == 0 or left[0] < 0:
        raise FileTooComplex
    if isinstance(thing, pikepdf.Array):
        for item in thing:
            if not _refers(item):
                _look(item, depth - 1, left)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for key in thing.keys():  # noqa: SIM118 - a stream is no mapping
            value = thing[key]
            if key in KEYS or (key in {"/S", "/Subtype"} and isinstance(value, pikepdf.Name) and str(value) in ACTIONS):
                raise FileActive
            if not _refers(value):
                _look(value, depth - 1, left)


def _refers(item: Any) -> bool:
    return isinstance(item, pikepdf.Object) and item.is_indirect
