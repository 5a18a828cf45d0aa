"""PostgreSQL and RabbitMQ in containers (testcontainers), where a Docker engine answers."""

from __future__ import annotations

import io
import json
import os
import secrets
import tarfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from devservers import databases, rabbitmq_files
from devservers.errors import ServerError
from devservers.given import PostgresServer
from devservers.rabbitmq import ADMIN, amqp_url
from devservers.rabbitmq_control import RabbitmqControl

POSTGRES_IMAGES = ("postgres:18", "postgres:17", "postgres:16", "postgres:15")
RABBITMQ_IMAGES = ("rabbitmq:4-management", "rabbitmq:4", "rabbitmq:3-management", "rabbitmq:3")


def _docker() -> Any:
    """A client of the engine, or None where none answers."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if address.startswith("unix://") and not Path(urlsplit(address).path).exists():
        return None
    import docker  # costs a third of a second, so only where an engine may be

    try:
        client = docker.from_env(timeout=60)
        client.ping()
    except (docker.errors.DockerException, OSError):
        return None
    return client


def _images(kind: str) -> tuple[str, ...]:
    chosen = os.environ.get(f"MINASIDOR_{kind.upper()}_IMAGE")
    if chosen:
        return (chosen,)
    return POSTGRES_IMAGES if kind == "postgres" else RABBITMQ_IMAGES


def local_image(kind: str) -> str | None:
    """The first of the images for ``postgres`` or ``rabbitmq`` that the engine has already."""
    client = _docker()
    if client is None:
        return None
    try:
        local = {tag for image in client.images.list() for tag in image.tags}
        return next((image for image in _images(kind) if image in local), None)
    finally:
        client.close()


def reaper_at_hand() -> bool:
    """Whether testcontainers' reaper can start without a pull: it is here, or switched off."""
    if os.environ.get("TESTCONTAINERS_RYUK_DISABLED", "").lower() in {"true", "1"}:
        return True
    client = _docker()
    if client is None:
        return False
    try:
        return any("ryuk" in tag for image in client.images.list() for tag in image.tags)
    finally:
        client.close()


def _image(kind: str) -> str:
    """A local image, else the first name, to be pulled."""
    client = _docker()
    if client is None:
        raise ServerError("MINASIDOR_SERVERS=containers, but no Docker engine answers")
    client.close()
    return local_image(kind) or _images(kind)[0]


class ContainerPostgres(PostgresServer):
    """PostgreSQL in a container that ends with this object."""

    def __init__(self, *, durable: bool = True, max_connections: int = 200) -> None:
        from testcontainers.community.postgres import PostgresContainer

        options = [f"max_connections={max_connections}"]
        if not durable:
            options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        self._container = PostgresContainer(
            _image("postgres"),
            username="postgres",
            password=secrets.token_urlsafe(24),
            dbname="postgres",
            driver=None,
        ).with_command(["postgres", *(part for option in options for part in ("-c", option))])

    def __enter__(self) -> Self:
        self._container.start()
        databases.close_to_public(self.url, ("postgres", "template1"))
        return self

    def __exit__(self, *_: object) -> None:
        self._container.stop()

    @property
    def url(self) -> str:
        """The administrator's URL."""
        return str(self._container.get_connection_url())


class ContainerRabbitmq(RabbitmqControl):
    """A RabbitMQ container somebody started, found by its id."""

    def __init__(self, container_id: str, url: str) -> None:
        self._id = container_id
        self._url = url

    @property
    def url(self) -> str:
        """The administrator's URL."""
        return self._url

    @property
    def user(self) -> str:
        """The administrator's name."""
        return ADMIN

    @property
    def reference(self) -> dict[str, Any]:
        """See the base class."""
        return {"kind": "container", "id": self._id, "url": self._url}

    def tool(self, *arguments: str, timeout: float = 60) -> str:
        """Run ``rabbitmqctl`` in the container."""
        code, output = self._found().exec_run(["rabbitmqctl", "-q", *arguments])
        text = output.decode(errors="replace")
        if code != 0:
            raise ServerError(f"rabbitmqctl {arguments[0]}: {text}".strip())
        return str(text)

    def import_definitions(self, definitions: Mapping[str, Any]) -> None:
        """Copy the definitions into the container and import them."""
        name = f"definitions-{secrets.token_hex(4)}.json"
        body = json.dumps(definitions).encode()
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(body), 0o644
            tar.addfile(entry, io.BytesIO(body))
        self._found().put_archive("/tmp", archive.getvalue())
        self.tool("import_definitions", f"/tmp/{name}")

    def _found(self) -> Any:
        client = _docker()
        if client is None:
            raise ServerError("the Docker engine no longer answers")
        return client.containers.get(self._id)


class StartedRabbitmq(ContainerRabbitmq):
    """RabbitMQ in a container that ends with this object."""

    def __init__(self, *, definitions: Mapping[str, Any] | None = None, vhost: str = "/") -> None:
        with warnings.catch_warnings():  # the package warns of its own code
            warnings.simplefilter("ignore", DeprecationWarning)
            from testcontainers.community.rabbitmq import RabbitMqContainer

        self._password = secrets.token_urlsafe(24)
        self._vhost = vhost
        self._definitions = rabbitmq_files.with_administrator(definitions or {}, ADMIN, self._password, vhost)
        self._container = RabbitMqContainer(_image("rabbitmq"), username=ADMIN, password=self._password, vhost="/")
        super().__init__("", "")

    def __enter__(self) -> Self:
        self._container.start()
        host = self._container.get_container_host_ip()
        port = int(self._container.get_exposed_port(self._container.port))
        self._id = self._container.get_wrapped_container().id
        self._url = amqp_url(ADMIN, self._password, host, port, self._vhost)
        self.import_definitions(self._definitions)
        return self

    def __exit__(self, *_: object) -> None:
        self._container.stop()
