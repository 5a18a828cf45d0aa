"""Routes that take or give a file: size, type and dress (C24-C26)."""

import io

import pytest

from chassis import app as chassis_app
from chassis.cli import route_table
from chassis.http.access import public
from chassis.http.files import Binary, Raw, RawBody, attachment
from chassis.http.routes import Routes
from chassis.settings import Settings
from chassis.testing import Client

LIMIT = 1000
KINDS = ("application/pdf", "image/png")


class Nothing:
    """A database that is not asked."""

    def __init__(self, *_arguments):
        pass

    def read(self, **_options):
        return self

    transaction = read

    def __enter__(self):
        return None

    def __exit__(self, *_error):
        return False


@pytest.fixture
def routes():
    made = Routes("files", "Files")
    texts = {"summary_sv": "x", "summary_en": "x"}

    @made.put("/file", access=public("a test"), body=Raw(KINDS), body_limit=LIMIT, answer=Binary(KINDS), **texts)
    def put_file(_tx, body: RawBody):
        return attachment(body.data, media_type=body.media_type, filename="a.pdf")

    @made.get("/file", access=public("a test"), answer=Binary(("application/pdf",)), **texts)
    def get_file(_tx):
        return attachment(b"%PDF", media_type="application/pdf", filename="a.pdf")

    return made


@pytest.fixture
def app(routes):
    settings = Settings(service="files", environment="test", database_url="")
    return chassis_app.create_app(settings, [routes], title="Files", make_database=Nothing)


@pytest.fixture
def client(app):
    return Client(app, "files")


def send(client, data, media_type="application/pdf", **headers):
    return client.request("PUT", "/v1/file", data=data, headers={"Content-Type": media_type, **headers})


def test_a_file_comes_in_and_goes_out_byte_for_byte(client):
    data = bytes(range(256))
    answer = send(client, data, "image/png")
    assert (answer.status_code, answer.data, answer.content_type) == (200, data, "image/png")


@pytest.mark.parametrize("media_type", ["image/svg+xml", "text/html", "application/json", "", "application/pdf2"])
def test_C24_another_type_is_refused(client, media_type):
    answer = send(client, b"x", media_type)
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported-media-type")


def test_C24_a_compressed_body_is_refused(client):
    assert send(client, b"x", **{"Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize(("size", "status"), [(0, 200), (LIMIT, 200), (LIMIT + 1, 413), (LIMIT * 300, 413)])
@pytest.mark.parametrize("with_length", [True, False])
def test_C26_the_size_is_counted_while_it_is_read(client, size, status, with_length):
    data = b"x" * size
    if with_length:
        answer = send(client, data)
    else:
        answer = client.request(
            "PUT",
            "/v1/file",
            input_stream=io.BytesIO(data),
            headers={"Content-Type": "application/pdf"},
            environ_overrides={"CONTENT_LENGTH": "", "wsgi.input_terminated": True},
        )
    assert answer.status_code == status


def test_C26_no_more_is_read_than_the_limit_and_a_piece(client):
    class Counted(io.BytesIO):
        given = 0

        def read(self, size=-1):
            data = super().read(size)
            self.given += len(data)
            return data

    source = Counted(b"x" * 5_000_000)
    answer = client.request(
        "PUT",
        "/v1/file",
        input_stream=source,
        headers={"Content-Type": "application/pdf"},
        environ_overrides={"CONTENT_LENGTH": "", "wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert source.given < 1_000_000


def test_C24_a_file_that_goes_out_is_saved_and_never_a_page(client):
    answer = client.get("/v1/file")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers.getlist("Content-Security-Policy") == ["sandbox; default-src 'none'; frame-ancestors 'none'"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert client.get("/v1/file", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_the_document_and_the_gateways_table_say_so(app, routes):
    operations = app.extensions["openapi"]["paths"]["/v1/file"]
    assert operations["put"]["requestBody"]["content"].keys() == set(KINDS)
    assert operations["put"]["responses"]["200"]["content"].keys() == set(KINDS)
    assert operations["get"]["responses"]["200"]["content"].keys() == {"application/pdf"}
    assert {row["method"]: row["body_limit"] for row in route_table([routes])} == {"PUT": LIMIT, "GET": 64 * 1024}
