"""The form to download (T35): a committed PDF, with where to send it (T38, T39) written in from the settings."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

FONT, SIZE, LEADING, MARGIN = "/Field", 10, 12, 2
LANGUAGES = ("sv", "en")


@dataclass(frozen=True)
class Form:
    """Made once per process and language. ``address`` has its lines parted by line feeds."""

    email: str
    address: str
    portal: str

    def pdf(self, lang: str) -> bytes:
        """The form in ``sv`` or ``en``."""
        return _filled(self, lang)


@functools.lru_cache(maxsize=8)
def _filled(form: Form, lang: str) -> bytes:
    import pikepdf  # some megabytes, which only a process that is asked for the form needs

    source = files("org_registry.api").joinpath(f"forms/power-of-attorney.{lang}.pdf").read_bytes()
    values = {"operator_email": form.email, "operator_address": form.address, "operator_portal": form.portal}
    with pikepdf.open(io.BytesIO(source)) as pdf:
        for widget in pdf.Root.AcroForm.Fields:
            value = values.get(str(widget.T))
            if value:
                widget.V = pikepdf.String(value)
                widget.AP.N.write(_appearance(widget, value.split("\n")))
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _appearance(widget: Any, lines: list[str]) -> bytes:
    """What stands in the field, drawn: no viewer has to work it out. Characters outside Windows-1252 become ``?``."""
    height = float(widget.Rect[3]) - float(widget.Rect[1])
    first = height - MARGIN - SIZE if len(lines) > 1 else (height - SIZE) / 2 + MARGIN
    drawn = [
        b"/Tx BMC q BT",
        f"{FONT} {SIZE} Tf 0 g {LEADING} TL {MARGIN} {first:.2f} Td".encode(),
        *(b"(" + _escaped(line) + b") Tj T*" for line in lines),
        b"ET Q EMC",
    ]
    return b"\n".join(drawn)


def _escaped(line: str) -> bytes:
    raw = line.encode("cp1252", "replace")
    return raw.replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")
