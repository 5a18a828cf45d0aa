"""The form to download: current, tagged, to be filled in, and with the operator's own address (T35, T38, T39)."""

import dataclasses
import importlib.util
import io
from importlib.resources import files
from pathlib import Path

import pikepdf
import pytest

from org_registry import app as composition
from org_registry.api.power_form import Form

ROOT = Path(__file__).parents[3]
FORM = "/v1/power-of-attorney-form"
TO_FILL_IN = {
    "organisation_name",
    "organisation_number",
    "administrator_name",
    "administrator_number",
    "administrator_email",
    "valid_until",
    *(f"signer_{number}_{what}" for number in (1, 2) for what in ("name", "position", "place")),
}


def opened(data):
    return pikepdf.open(io.BytesIO(data))


def fields(document):
    return {str(field.T): field for field in document.Root.AcroForm.Fields}


def structure(node):
    """Every structure element under a node."""
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary):
            yield child
            yield from structure(child)


@pytest.mark.parametrize(
    ("query", "name", "language"), [("", "fullmakt", "sv"), ("?lang=en", "power-of-attorney", "en")]
)
def test_T35_anybody_downloads_the_form_in_either_language(client, query, name, language):
    answer = client.as_(None).get(FORM + query)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.pdf"'
    with opened(answer.data) as document:
        assert str(document.Root.Lang) == language
    assert client.as_(None).get(FORM + "?lang=de").status_code == 422


def test_T35_the_form_is_sent_once_to_a_browser_that_has_it(client):
    tag = client.as_(None).get(FORM).headers["ETag"]
    assert client.as_(None).get(FORM, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("language", ["sv", "en"])
def test_T35_the_committed_form_is_made_of_the_sources_as_they_are(language):
    spec = importlib.util.spec_from_file_location("make_form", ROOT / "tools/power_form/make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    data = files("org_registry.api").joinpath(f"forms/power-of-attorney.{language}.pdf").read_bytes()
    with opened(data) as document:
        assert str(document.docinfo["/Sources"]) == make.digest(), "run tools/power_form/make.py"


@pytest.mark.parametrize("language", ["sv", "en"])
def test_T35_the_form_is_tagged_and_every_field_says_what_it_is_for(client, language):
    with opened(client.as_(None).get(f"{FORM}?lang={language}").data) as document:
        assert document.Root.MarkInfo.Marked == True  # noqa: E712 - a PDF's own boolean
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"]
        assert document.Root.ViewerPreferences.DisplayDocTitle == True  # noqa: E712
        kinds = [str(node.get("/S")) for node in structure(document.Root.StructTreeRoot) if "/S" in node]
        assert kinds.count("/H1") == 1
        assert kinds.count("/H2") == 5
        found = fields(document)
        assert kinds.count("/Form") == len(found)
        assert found.keys() >= TO_FILL_IN
        assert all(str(field.get("/TU", "")) for field in found.values())
        assert len({str(found[name].TU) for name in TO_FILL_IN}) == len(TO_FILL_IN), "no two are read out alike"
        assert all(page.Tabs == "/S" for page in document.pages)
        for font in document.objects:
            if isinstance(font, pikepdf.Dictionary) and font.get("/Type") == "/FontDescriptor":
                assert {"/FontFile2", "/FontFile3"} & set(font.keys()), "every font is embedded"


def test_T38_T39_it_says_where_to_send_it_by_the_settings(client):
    with opened(client.as_(None).get(FORM).data) as document:
        found = fields(document)
        assert str(found["operator_email"].V) == "kundservice@exempelverken.example"
        assert str(found["operator_address"].V).split("\n")[::3] == ["Exempelverken", "581 15 Linköping"]
        assert str(found["operator_portal"].V) == "http://localhost:8080/fullmakt"
        drawn = found["operator_address"].AP.N.read_bytes()
        assert "(581 15 Linköping) Tj".encode("cp1252") in drawn
        for name, field in found.items():
            assert bool(int(field.get("/Ff", 0)) & 1) == name.startswith("operator_"), "ours cannot be overwritten"


def test_C21_what_stands_in_the_settings_cannot_draw_anything_else():
    data = Form(email=r"x\) Tj (y", address="a(b)\nc\\", portal="☃").pdf("sv")
    with opened(data) as document:
        drawn = fields(document)["operator_email"].AP.N.read_bytes()
        assert rb"(x\\\) Tj \(y) Tj" in drawn
        assert b"(?) Tj" in fields(document)["operator_portal"].AP.N.read_bytes()


def test_T38_production_does_not_start_without_the_operators_address(settings):
    with pytest.raises(composition.SettingsError, match="operator_email"):
        composition.make_form(dataclasses.replace(settings, environment="production", operator_email=""))
