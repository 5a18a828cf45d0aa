"""Files from people: hostile ones are refused by a child that cannot hurt us (C24, C26, D19)."""

import io
import resource
import struct
import subprocess
import zlib

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from chassis import attachments
from chassis.attachments import JPEG, PDF, PNG, FileDamaged, FileRefused, FileTooComplex, examine, images


def picture(kind, size=(60, 40), mode="RGB", **options):
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(out, kind, **options)
    return out.getvalue()


def pixels(data):
    with Image.open(io.BytesIO(data)) as opened:
        return opened.size, opened.convert("RGB").tobytes()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PICTURES = {
    "jpeg": (picture("JPEG"), JPEG),
    "progressive jpeg": (picture("JPEG", progressive=True), JPEG),
    "jpeg with restarts": (picture("JPEG", restart_marker_blocks=1), JPEG),
    "grey jpeg": (picture("JPEG", mode="L"), JPEG),
    "cmyk jpeg": (picture("JPEG", mode="CMYK"), JPEG),
    "png": (picture("PNG"), PNG),
    "png with a palette": (picture("PNG", mode="P"), PNG),
    "png of one bit": (picture("PNG", mode="1"), PNG),
}


@pytest.mark.parametrize(("data", "media_type"), PICTURES.values(), ids=PICTURES)
def test_D19_a_picture_stays_the_same_picture(data, media_type):
    kept = examine(data, claimed=media_type)
    assert kept.media_type == media_type
    assert pixels(kept.data) == pixels(data)


@pytest.mark.parametrize(("data", "media_type"), PICTURES.values(), ids=PICTURES)
def test_C24_what_follows_a_picture_is_not_kept(data, media_type):
    hidden = b"PK\x03\x04<script>alert(1)</script>%PDF-1.7"
    kept = images.clean(data + hidden, media_type)
    assert hidden not in kept
    assert len(kept) <= len(data) + 40


def test_C24_text_in_a_png_is_not_kept():
    data = picture("PNG")
    text = chunk(b"tEXt", b"Comment\0<script>alert(1)</script>") + chunk(b"eXIf", b"GPS here")
    kept = images.clean(data[:33] + text + data[33:], PNG)
    assert kept == images.clean(data, PNG)


def test_C26_a_flood_of_pixels_is_refused_before_it_is_unpacked():
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 6, 0, 0, 0)
    flood = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(FileTooComplex):
        examine(flood, claimed=PNG)


@pytest.mark.slow
def test_C26_a_pdf_whose_index_unpacks_to_gigabytes_ends_the_child_and_not_us():
    squeeze = zlib.compressobj(9)
    squeezed = b"".join(squeeze.compress(b"\0" * 1_000_000) for _ in range(1000)) + squeeze.flush()
    body = b"%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    index = b"3 0 obj<</Type/XRef/Size 70000000/W[1 4 1]/Root 1 0 R/Filter/FlateDecode/Length "
    bomb = body + index + str(len(squeezed)).encode() + b">>stream\n" + squeezed + b"\nendstream endobj\nstartxref\n"
    bomb += str(len(body)).encode() + b"\n%%EOF"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(FileRefused):
        examine(bomb, claimed=PDF)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # The processor's time, not the clock's: a busy machine is no fault of the bomb's.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 8


def test_C26_a_child_that_takes_too_long_is_ended(monkeypatch):
    def slow(*_arguments, **_options):
        raise subprocess.TimeoutExpired("child", 1)

    monkeypatch.setattr(attachments.subprocess, "run", slow)
    with pytest.raises(FileTooComplex):
        examine(picture("PNG"), claimed=PNG)


def test_the_child_gets_none_of_our_settings(monkeypatch):
    seen = {}
    real = subprocess.run

    def look(*arguments, **options):
        seen.update(options["env"])
        return real(*arguments, **options)

    monkeypatch.setenv("ORG_REGISTRY_DOCUMENT_KEY", "secret")
    monkeypatch.setattr(attachments.subprocess, "run", look)
    examine(picture("PNG"), claimed=PNG)
    assert seen.keys() == {"PYTHONPATH"}


def test_C24_a_script_deep_in_a_pdf_is_found():
    out = io.BytesIO()
    with pikepdf.new() as document:
        page = document.add_blank_page()
        action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://exempel.se")
        action.Next = pikepdf.Array([pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="x")])
        page.Annots = pikepdf.Array([pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=action)])
        document.save(out)
    with pytest.raises(attachments.FileActive):
        examine(out.getvalue(), claimed=PDF)


def test_D19_a_pdf_with_links_pictures_and_filled_in_fields_is_taken_as_it_is():
    out = io.BytesIO()
    with pikepdf.new() as document:
        page = document.add_blank_page()
        link = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://exempel.se")
        page.Annots = pikepdf.Array([pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=link)])
        document.Root.AcroForm = pikepdf.Dictionary(
            Fields=[document.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="namn", V="Karin"))]
        )
        document.save(out)
    assert examine(out.getvalue(), claimed=PDF).data == out.getvalue()


@settings(max_examples=300, deadline=None)
@given(
    which=st.sampled_from(["jpeg", "progressive jpeg", "png"]),
    place=st.integers(2, 2000),
    junk=st.binary(min_size=0, max_size=6),
    cut=st.integers(0, 3000),
)
def test_C24_a_picture_with_damage_anywhere_is_kept_readable_or_refused(which, place, junk, cut):
    data, media_type = PICTURES[which]
    broken = (data[:place] + junk + data[place + len(junk) :])[: max(10, len(data) - cut)]
    try:
        kept = images.clean(broken, media_type)
    except (FileDamaged, FileTooComplex):
        return
    assert attachments.recognise(kept) == media_type
    with Image.open(io.BytesIO(kept)) as opened:
        assert opened.size[0] > 0
