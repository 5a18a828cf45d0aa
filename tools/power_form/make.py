#!/usr/bin/env python3
"""Make the power of attorney form (T35): a tagged PDF/UA with fields to fill in, in Swedish and English.

The result is committed (services/org-registry/src/org_registry/api/forms), so that no service and no image needs what
makes it; a test says when it is older than these sources. To make it anew, in an environment of its own, on a machine
with Pango (Debian: libpango-1.0-0, libpangoft2-1.0-0):

    pip install weasyprint==70.0 pikepdf fonttools fontpkg-source-sans-3
    python tools/power_form/make.py

WeasyPrint makes text, structure and fields. What it gives the fields as a font are whole fonts by glyph number, with
which nobody else can write, so the fields get one small Latin font by character here: the viewer writes with it what
is filled in, and org-registry the operator's own address.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / "services/org-registry/src/org_registry/api/forms"
SOURCES = ("form.html.j2", "make.py", "words.json")
CHARACTERS = [chr(code) for code in range(0x20, 0x7F)] + [
    bytes([code]).decode("cp1252") for code in range(0x80, 0x100) if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
]
SIZE = 10


def digest() -> str:
    """What the committed files were made of."""
    return hashlib.sha256(b"\0".join((HERE / name).read_bytes() for name in SOURCES)).hexdigest()


def variable_font() -> Path:
    """Source Sans 3, all weights in one file."""
    import importlib.resources

    folder = importlib.resources.files("fontpkg_source_sans_3")
    found = [Path(str(path)) for path in Path(str(folder)).rglob("*.ttf") if "Italic" not in path.name]
    return next(path for path in found if "wght" in path.name or len(found) == 1)


def small_font() -> tuple[bytes, dict[str, Any]]:
    """The regular weight with the characters of Windows-1252, and its measures in thousandths of an em."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    font = instantiateVariableFont(TTFont(variable_font()), {"wght": 400})
    options = Options(layout_features=[], name_IDs=[1, 2, 6], notdef_outline=True, hinting=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in CHARACTERS])
    subsetter.subset(font)
    font["head"].modified = font["head"].created
    per_em = 1000 / font["head"].unitsPerEm
    names, widths = font.getBestCmap(), font["hmtx"]
    measured = []
    for code in range(0x20, 0x100):
        character = bytes([code]).decode("cp1252", "replace")
        name = names.get(ord(character), ".notdef")
        measured.append(round(widths[name][0] * per_em))
    out = io.BytesIO()
    font.save(out)
    head, line = font["head"], font["hhea"]
    return out.getvalue(), {
        "widths": measured,
        "box": [round(side * per_em) for side in (head.xMin, head.yMin, head.xMax, head.yMax)],
        "ascent": round(line.ascent * per_em),
        "descent": round(line.descent * per_em),
    }


def written(lang: str, words: dict[str, str]) -> bytes:
    """What WeasyPrint makes of the template."""
    from jinja2 import Environment, FileSystemLoader
    from weasyprint import HTML

    template = Environment(loader=FileSystemLoader(HERE), autoescape=True).get_template("form.html.j2")
    html = template.render(lang=lang, t=words, font=variable_font().as_uri())
    pdf: bytes = HTML(string=html).write_pdf(pdf_variant="pdf/ua-1", pdf_forms=True)
    return pdf


def finished(raw: bytes) -> bytes:
    """The same with our font in the fields, and with what it was made of."""
    import pikepdf
    from pikepdf import Array, Dictionary, Name

    with pikepdf.open(io.BytesIO(raw)) as pdf:
        data, measures = small_font()
        descriptor = pdf.make_indirect(
            Dictionary(
                Type=Name.FontDescriptor,
                FontName=Name("/SourceSans3-Regular"),
                Flags=32,
                FontBBox=Array(measures["box"]),
                ItalicAngle=0,
                Ascent=measures["ascent"],
                Descent=measures["descent"],
                CapHeight=660,
                StemV=80,
                FontFile2=pikepdf.Stream(pdf, data, Length1=len(data)),
            )
        )
        font = pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.TrueType,
                BaseFont=Name("/SourceSans3-Regular"),
                FirstChar=0x20,
                LastChar=0xFF,
                Widths=Array(measures["widths"]),
                Encoding=Name.WinAnsiEncoding,
                FontDescriptor=descriptor,
            )
        )
        form = pdf.Root.AcroForm
        form.DR = Dictionary(Font=Dictionary(Field=font))
        form.DA = pikepdf.String(f"/Field {SIZE} Tf 0 g")
        form.NeedAppearances = False
        for page in pdf.pages:
            for widget in page.get("/Annots", []):
                _prepare(pdf, widget, font)
        pdf.docinfo["/Sources"] = digest()
        out = io.BytesIO()
        pdf.save(
            out, deterministic_id=True, compress_streams=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
        )
    return out.getvalue()


def _prepare(pdf: Any, widget: Any, font: Any) -> None:
    import pikepdf
    from pikepdf import Array, Dictionary, Name

    sides = [float(side) for side in widget.Rect]
    (left, right), (bottom, top) = sorted(sides[0::2]), sorted(sides[1::2])
    widget.Rect = Array([left, bottom, right, top])
    widget.DA = pikepdf.String(f"/Field {SIZE} Tf 0 g")
    widget.AP = Dictionary(
        N=pikepdf.Stream(
            pdf,
            b"/Tx BMC EMC",
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array([0, 0, right - left, top - bottom]),
            Resources=Dictionary(Font=Dictionary(Field=font)),
        )
    )
    if str(widget.T).startswith("operator_"):
        widget.Ff = int(widget.get("/Ff", 0)) | 1  # read-only: filled in by org-registry from its settings


def main() -> None:
    """Write both."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for lang, words in json.loads((HERE / "words.json").read_text(encoding="utf-8")).items():
        path = FOLDER / f"power-of-attorney.{lang}.pdf"
        path.write_bytes(finished(written(lang, words)))
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
