"""The signed document: what is taken, what is refused, how it is kept, scanned and handed out (C24-C27)."""

import dataclasses
import io
import zipfile

import pikepdf
import pytest
from PIL import Image

from chassis.attachments import MAX_BYTES
from chassis.testing import Client
from devservers.clamd import EICAR, Clamd, nobody
from org_registry import app as composition
from org_registry.api.power_jobs import scan_documents


def image(kind, size=(40, 30), **options):
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **options)
    return out.getvalue()


def pdf_with(change):
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        change(document)
        document.save(out)
    return out.getvalue()


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x.html", "<script>alert(1)</script>")
    return out.getvalue()


@pytest.fixture
def clamd():
    with Clamd() as started:
        yield started


@pytest.fixture
def with_scanner(settings, database, powers):
    """The same service with a scanner at an address, as ``powers``; by default in production's way."""

    def make(address, environment="test"):
        changed = dataclasses.replace(settings, clamd_address=address, environment=environment)
        made = composition.create_app(changed, register=object())
        made.extensions["chassis"].make_database = lambda _settings: database
        return type(powers)(Client(made, "org-registry"), powers.pdf)

    return make


def draft(powers):
    person = powers.person()
    return person, f"{powers.MINE}/{powers.create(person).json['id']}/document"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(image("JPEG"), "image/jpeg"), (image("PNG"), "image/png")],
    ids=["jpeg", "png"],
)
def test_D19_a_photographed_paper_is_taken(powers, data, media_type):
    person, path = draft(powers)
    answer = powers.send(person, path, data, media_type)
    assert (answer.status_code, answer.json["document"]["media_type"]) == (200, media_type)


@pytest.mark.parametrize(
    ("what", "data", "media_type", "status", "code"),
    [
        ("nothing", b"", "application/pdf", 422, "file-empty"),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/png", 422, "file-type-refused"),
        ("html", b"<!doctype html><script>alert(1)</script>", "application/pdf", 422, "file-type-refused"),
        ("html after a space", b" %PDF-1.7", "application/pdf", 422, "file-type-refused"),
        ("zip", zipped(), "application/pdf", 422, "file-type-refused"),
        ("gif", image("GIF"), "image/png", 422, "file-type-refused"),
        ("png as jpeg", image("PNG"), "image/jpeg", 422, "file-type-mismatch"),
        ("jpeg as pdf", image("JPEG"), "application/pdf", 422, "file-type-mismatch"),
        ("pdf that is html", b"%PDF-1.7\n<html><script>alert(1)</script>", "application/pdf", 422, "file-damaged"),
        ("half a jpeg", image("JPEG", (400, 400))[:700], "image/jpeg", 422, "file-damaged"),
        ("half a png", image("PNG")[:60], "image/png", 422, "file-damaged"),
        ("svg by type", b"<svg/>", "image/svg+xml", 415, "unsupported-media-type"),
        ("html by type", b"<p>", "text/html", 415, "unsupported-media-type"),
        ("json", b"{}", "application/json", 415, "unsupported-media-type"),
        ("form", b"x", "multipart/form-data; boundary=x", 415, "unsupported-media-type"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_C24_what_is_not_one_of_the_three_is_refused_and_not_kept(powers, world, what, data, media_type, status, code):
    person, path = draft(powers)
    answer = powers.send(person, path, data, media_type)
    assert (answer.status_code, answer.json["code"]) == (status, code), what
    assert world.rows("SELECT id FROM power_document") == []


@pytest.mark.parametrize(
    ("what", "change", "code"),
    [
        (
            "a script that runs",
            lambda pdf: pdf.Root.__setitem__(
                "/OpenAction", pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
            ),
            "file-active-content",
        ),
        (
            "a program that is started",
            lambda pdf: pdf.Root.__setitem__(
                "/AA", pikepdf.Dictionary(WC=pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")))
            ),
            "file-active-content",
        ),
        (
            "an attached file",
            lambda pdf: pdf.attachments.__setitem__("x.exe", b"MZ"),
            "file-active-content",
        ),
        (
            "too many pages",
            lambda pdf: [pdf.add_blank_page() for _ in range(200)],
            "file-too-complex",
        ),
    ],
    ids=["javascript", "launch", "attachment", "pages"],
)
def test_C24_a_pdf_that_acts_is_refused(powers, what, change, code):
    person, path = draft(powers)
    answer = powers.send(person, path, pdf_with(change))
    assert (answer.status_code, answer.json["code"]) == (422, code), what


def test_C24_a_locked_pdf_is_refused(powers):
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(out, encryption=pikepdf.Encryption(owner="x", user="y"))
    person, path = draft(powers)
    assert powers.send(person, path, out.getvalue()).json["code"] == "file-encrypted"


def test_C26_a_file_over_ten_megabytes_is_refused_while_it_is_read(powers, world):
    person, path = draft(powers)
    data = powers.pdf + b"\0" * (MAX_BYTES - len(powers.pdf) + 1)
    assert (powers.send(person, path, data).status_code) == 413
    # Without a length nobody knows before the end: the service counts while it reads.
    answer = powers.as_(person).request(
        "PUT",
        path,
        input_stream=io.BytesIO(data),
        headers={"Content-Type": "application/pdf"},
        environ_overrides={"CONTENT_LENGTH": "", "wsgi.input_terminated": True},
    )
    assert (answer.status_code, answer.json["code"]) == (413, "too-large")
    assert world.rows("SELECT id FROM power_document") == []


def test_C26_a_file_of_exactly_ten_megabytes_is_taken(powers):
    person, path = draft(powers)
    answer = powers.send(person, path, powers.pdf + b"\n" * (MAX_BYTES - len(powers.pdf)))
    assert (answer.status_code, answer.json["document"]["size"]) == (200, MAX_BYTES)


def test_C26_ten_files_an_hour_and_person(powers, world):
    person, path = draft(powers)
    assert {powers.send(person, path, b"", "image/png").json["code"] for _ in range(10)} == {"file-empty"}
    answer = powers.send(person, path, powers.pdf)
    assert (answer.status_code, answer.json["code"]) == (429, "power-of-attorney-too-many-uploads")
    assert 3590 <= int(answer.headers["Retry-After"]) <= 3601
    other, others_path = draft(powers)
    assert powers.send(other, others_path, powers.pdf).status_code == 200
    world.change("UPDATE power_upload SET tried_at = ARRAY[now() - interval '1 hour'] || tried_at[2:10]")
    assert powers.send(person, path, powers.pdf).status_code == 200


def test_C25_C26_a_strangers_try_is_neither_counted_nor_looked_at(powers, world):
    _, path = draft(powers)
    stranger = powers.person()
    assert powers.send(stranger, path, b"junk").status_code == 404
    assert world.rows("SELECT person_id FROM power_upload WHERE person_id = :id", id=stranger.person_id) == []


def test_C24_C25_the_document_is_handed_out_to_be_saved_under_a_name_of_ours(powers):
    staff, person = powers.staff(), powers.person()
    power = powers.create(person).json["id"]
    powers.as_(person).request(
        "PUT",
        f"{powers.MINE}/{power}/document",
        data=powers.pdf,
        headers={
            "Content-Type": "application/pdf",
            "Content-Disposition": "attachment; filename*=UTF-8''..%2F..%2Fetc%2Fx.exe",
        },
    )
    powers.do(person, power, "submissions")
    answer = powers.as_(staff).get(f"{powers.STAFF}/{power}/document")
    assert (answer.status_code, answer.data) == (200, powers.pdf)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers.getlist("Content-Disposition") == [f'attachment; filename="fullmakt-{power}.pdf"']
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers.getlist("Content-Security-Policy") == ["sandbox; default-src 'none'; frame-ancestors 'none'"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


def test_D23_the_document_is_kept_sealed_and_bound_to_its_row(powers, world):
    staff = powers.staff()
    first, second = powers.submitted(powers.person()), powers.submitted(powers.person())
    for row in world.rows("SELECT content FROM power_document"):
        assert b"%PDF" not in bytes(row["content"])
    world.change(
        "UPDATE power_document SET content = (SELECT content FROM power_document WHERE power_id = :second)"
        " WHERE power_id = :first",
        first=first,
        second=second,
    )
    assert powers.as_(staff).get(f"{powers.STAFF}/{first}/document").status_code == 500
    assert powers.as_(staff).get(f"{powers.STAFF}/{second}/document").status_code == 200


def test_C24_an_image_is_kept_without_what_is_no_picture(powers):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Telefonens namn", 6
    data = image("JPEG", (400, 300), exif=exif, comment=b"<script>alert(1)</script>") + zipped()
    staff, person = powers.staff(), powers.person()
    power = powers.create(person).json["id"]
    assert powers.send(person, f"{powers.MINE}/{power}/document", data, "image/jpeg").status_code == 200
    powers.do(person, power, "submissions")
    kept = powers.as_(staff).get(f"{powers.STAFF}/{power}/document")
    assert kept.headers["Content-Disposition"].endswith('.jpg"')
    for hidden in (b"script", b"PK\x03\x04", b"Telefonens"):
        assert hidden in data
        assert hidden not in kept.data
    with Image.open(io.BytesIO(kept.data)) as opened:
        opened.load()
        assert (opened.size, opened.getexif().get(0x0112)) == ((400, 300), 6)


class TestScanning:
    """C27."""

    def test_C27_a_clean_file_is_known_to_be_clean_at_once(self, with_scanner, clamd):
        powers = with_scanner(clamd.address)
        person, path = draft(powers)
        assert powers.send(person, path, powers.pdf).json["document"]["scan"] == "clean"

    def test_C27_malware_is_refused_and_not_kept(self, with_scanner, clamd, world):
        powers = with_scanner(clamd.address)
        person, path = draft(powers)
        infected = powers.pdf.replace(b"\n", b"\n%" + EICAR + b"\n", 1)
        answer = powers.send(person, path, infected)
        assert (answer.status_code, answer.json["code"]) == (422, "power-of-attorney-document-infected")
        assert world.rows("SELECT id FROM power_document") == []

    @pytest.mark.parametrize("trouble", ["down", "hangs up", "an error", "nonsense"])
    def test_C27_without_an_answer_it_is_pending_and_nobody_opens_or_approves_it(
        self, with_scanner, clamd, database, settings, trouble
    ):
        clamd.answer = {"hangs up": b"", "an error": b"INSTREAM size limit exceeded. ERROR"}.get(
            trouble, b"stream: ???"
        )
        powers = with_scanner(nobody() if trouble == "down" else clamd.address)
        staff, person = powers.staff(), powers.person()
        power = powers.submitted(person)
        assert powers.do(person, power, "get").json["document"]["scan"] == "pending"
        answer = powers.as_(staff).get(f"{powers.STAFF}/{power}/document")
        assert (answer.status_code, answer.json["code"]) == (409, "power-of-attorney-document-not-scanned")
        powers.review(staff, power)
        assert powers.approve(staff, power).json["code"] == "power-of-attorney-document-not-scanned"
        vault = composition.make_power_vault(settings)
        assert scan_documents(database, composition.make_scanner(with_address(settings, nobody())), vault) == 0
        assert powers.do(person, power, "get").json["document"]["scan"] == "pending"
        clamd.answer = b"scan"
        assert scan_documents(database, composition.make_scanner(with_address(settings, clamd.address)), vault) == 1
        assert powers.as_(staff).get(f"{powers.STAFF}/{power}/document").status_code == 200
        assert powers.approve(staff, power).json["status"] == "approved"

    def test_C27_malware_that_is_found_later_is_deleted_and_cannot_be_approved(
        self, with_scanner, clamd, database, settings, world
    ):
        powers = with_scanner(nobody())
        staff, person = powers.staff(), powers.person()
        power = powers.submitted(person)
        powers.review(staff, power)
        clamd.signatures.append(b"%PDF")
        vault = composition.make_power_vault(settings)
        assert scan_documents(database, composition.make_scanner(with_address(settings, clamd.address)), vault) == 1
        assert world.rows("SELECT content, scan FROM power_document") == [{"content": None, "scan": "infected"}]
        answer = powers.as_(staff).get(f"{powers.STAFF}/{power}/document")
        assert (answer.status_code, answer.json["code"]) == (404, "power-of-attorney-document-not-found")
        assert powers.approve(staff, power).json["code"] == "power-of-attorney-document-missing"
        assert powers.ask(staff, power).json["status"] == "needs-completion"

    def test_C27_without_a_scanner_development_says_so(self, powers):
        person, path = draft(powers)
        assert powers.send(person, path, powers.pdf).json["document"]["scan"] == "not-scanned"

    def test_C27_without_a_scanner_production_opens_nothing(self, settings, database, powers):
        urls = {"bolagsverket_url": "https://x.example", "bolagsverket_token_url": "https://x.example"}
        changed = dataclasses.replace(settings, environment="production", **urls)
        made = composition.create_app(changed)
        made.extensions["chassis"].make_database = lambda _settings: database
        there = type(powers)(Client(made, "org-registry"), powers.pdf)
        power = there.submitted(there.person())
        answer = there.as_(there.staff()).get(f"{there.STAFF}/{power}/document")
        assert answer.json["code"] == "power-of-attorney-document-not-scanned"

    @pytest.mark.parametrize("address", ["clamd", "clamd:", ":x", "clamd:3310x"])
    def test_C27_an_address_of_another_form_is_refused_at_the_start(self, settings, address):
        with pytest.raises(composition.SettingsError, match="clamd_address"):
            composition.make_scanner(with_address(settings, address))


def with_address(settings, address):
    return dataclasses.replace(settings, clamd_address=address)
