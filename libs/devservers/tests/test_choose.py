"""Which server is taken, and what a given one can and cannot do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from devservers import choose, containers, rabbitmq_control
from devservers.errors import ServerError
from devservers.given import GivenPostgres, GivenRabbitmq


@pytest.mark.parametrize(
    ("environ", "image", "reaper", "expected"),
    [
        ({"MINASIDOR_POSTGRES_URL": "postgresql://x"}, "postgres:16", True, "given"),
        ({"MINASIDOR_SERVERS": "containers"}, None, False, "containers"),
        ({"MINASIDOR_SERVERS": "embedded"}, "postgres:16", True, "embedded"),
        ({}, "postgres:16", True, "containers"),
        ({}, "postgres:16", False, "embedded"),
        ({}, None, True, "embedded"),
        ({"MINASIDOR_AMQP_URL": "amqp://x"}, None, True, "embedded"),
    ],
)
def test_the_order_of_choice(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], image: str | None, expected: str, *, reaper: bool
) -> None:
    monkeypatch.setattr(containers, "local_image", lambda _server: image)
    monkeypatch.setattr(containers, "reaper_at_hand", lambda: reaper)
    assert choose.kind("postgres", environ) == expected


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(ServerError, match="auto, embedded or containers"):
        choose.kind("rabbitmq", {"MINASIDOR_SERVERS": "docker"})


def test_containers_without_an_engine_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    wish = {"MINASIDOR_SERVERS": "containers"}
    with (
        pytest.raises(ServerError, match="no Docker engine"),
        choose.postgres(tmp_path, environ=wish),
    ):
        pass


def test_a_given_postgres_is_used_and_left_alone(tmp_path: Path, postgres_server: Any) -> None:
    environ = {"MINASIDOR_POSTGRES_URL": postgres_server.url}
    with choose.postgres(tmp_path / "none", environ=environ) as server:
        assert isinstance(server, GivenPostgres)
        assert server.create("given_one").startswith("postgresql://given_one:")
    assert not (tmp_path / "none").exists()
    postgres_server.drop("given_one")


class Api(BaseHTTPRequestHandler):
    """Stands for a management API, and keeps what it was told."""

    seen: ClassVar[list[tuple[str, str | None, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.path, self.headers["Authorization"], body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def management_api() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_given_broker_takes_definitions_by_its_management_api() -> None:
    with management_api() as address:
        given = GivenRabbitmq("amqp://u:p%40ss@127.0.0.1:5672/%2F", f"http://boss:word@{address}")
        url = given.create_vhost("/x y")
    assert url == "amqp://u:p%40ss@127.0.0.1:5672/%2Fx%20y"
    path, login, body = Api.seen[-1]
    assert (path, login) == ("/api/definitions", "Basic Ym9zczp3b3Jk")
    assert body["vhosts"] == [{"name": "/x y"}]
    assert body["permissions"][0]["user"] == "u"


def test_a_given_broker_without_management_names_the_setting() -> None:
    given = GivenRabbitmq("amqp://u:p@127.0.0.1:5672/", "http://127.0.0.1:1")
    with pytest.raises(ServerError, match="MINASIDOR_RABBITMQ_API"):
        given.create_vhost("x")
    with pytest.raises(ServerError, match="given by its URL"):
        given.stop_app()


def test_urls_are_quoted_in_every_part() -> None:
    url = rabbitmq_control.login("amqp://a:b@h:1/%2F?heartbeat=30", "ö/", "p@:", "/minasidor")
    assert url == "amqp://%C3%B6%2F:p%40%3A@h:1/%2Fminasidor?heartbeat=30"
