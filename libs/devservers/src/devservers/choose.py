"""Which PostgreSQL and which RabbitMQ: one that is given, one in a container, one of our own.

``MINASIDOR_POSTGRES_URL`` and ``MINASIDOR_AMQP_URL`` name servers that exist. Otherwise
``MINASIDOR_SERVERS`` decides: ``containers``, ``embedded`` or ``auto`` (the default), which means
containers where a Docker engine answers and already has the images (that of the reaper, too), else embedded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from devservers import containers
from devservers.errors import ServerError
from devservers.given import GivenPostgres, GivenRabbitmq, PostgresServer
from devservers.postgres import Postgres
from devservers.rabbitmq import Ports, Rabbitmq
from devservers.rabbitmq_control import RabbitmqControl

Kind = Literal["given", "containers", "embedded"]
URLS = {"postgres": "MINASIDOR_POSTGRES_URL", "rabbitmq": "MINASIDOR_AMQP_URL"}


def kind(server: str, environ: Mapping[str, str] = os.environ) -> Kind:
    """How ``server`` (``postgres`` or ``rabbitmq``) will be had.

    Raises:
        ServerError: when ``MINASIDOR_SERVERS`` is none of its words.

    """
    if environ.get(URLS[server]):
        return "given"
    wish = environ.get("MINASIDOR_SERVERS") or "auto"
    if wish == "auto":
        return "containers" if containers.local_image(server) and containers.reaper_at_hand() else "embedded"
    if wish == "containers":
        return "containers"
    if wish == "embedded":
        return "embedded"
    raise ServerError(f"MINASIDOR_SERVERS is {wish!r}: use auto, embedded or containers")


@contextmanager
def postgres(
    folder: Path,
    *,
    durable: bool = True,
    port: int | None = None,
    max_connections: int = 200,
    environ: Mapping[str, str] = os.environ,
) -> Iterator[PostgresServer]:
    """A running PostgreSQL; what was started here is stopped at the end."""
    match kind("postgres", environ):
        case "given":
            yield GivenPostgres(environ[URLS["postgres"]])
        case "containers":
            with containers.ContainerPostgres(durable=durable, max_connections=max_connections) as started:
                yield started
        case "embedded":
            with Postgres(folder, port=port, durable=durable, max_connections=max_connections) as own:
                yield own


@contextmanager
def rabbitmq(
    folder: Path,
    *,
    definitions: Mapping[str, Any] | None = None,
    vhost: str = "/",
    listen: Ports | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Iterator[RabbitmqControl]:
    """A running RabbitMQ with ``definitions`` in it; what was started here is stopped."""
    match kind("rabbitmq", environ):
        case "given":
            given = given_rabbitmq(environ)
            if definitions:
                given.import_definitions(definitions)
            yield given
        case "containers":
            with containers.StartedRabbitmq(definitions=definitions, vhost=vhost) as started:
                yield started
        case "embedded":
            with Rabbitmq(folder, definitions=definitions, vhost=vhost, listen=listen) as own:
                yield own


def given_rabbitmq(environ: Mapping[str, str] = os.environ) -> GivenRabbitmq:
    """The broker that ``MINASIDOR_AMQP_URL`` names."""
    return GivenRabbitmq(environ[URLS["rabbitmq"]], environ.get("MINASIDOR_RABBITMQ_API"))


def attach_postgres(reference: Mapping[str, Any]) -> PostgresServer:
    """A server another process started, from its ``reference``."""
    return GivenPostgres(str(reference["url"]))


def attach_rabbitmq(reference: Mapping[str, Any]) -> RabbitmqControl:
    """A server another process started, from its ``reference``."""
    match reference["kind"]:
        case "node":
            return Rabbitmq(
                Path(reference["folder"]),
                listen=Ports(**reference["ports"]),
                vhost=reference["vhost"],
            )
        case "container":
            return containers.ContainerRabbitmq(reference["id"], reference["url"])
        case _:
            return GivenRabbitmq(reference["url"], reference.get("api"))
