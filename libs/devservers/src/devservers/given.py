"""Servers that exist already: ``MINASIDOR_POSTGRES_URL`` and ``MINASIDOR_AMQP_URL``."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from devservers import databases
from devservers.errors import ServerError
from devservers.rabbitmq_control import RabbitmqControl


class PostgresServer(ABC):
    """Any PostgreSQL that an administrator's URL opens."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The administrator's URL."""

    @property
    def reference(self) -> dict[str, Any]:
        """What another process needs to use this server (see ``choose.attach_*``)."""
        return {"kind": "url", "url": self.url}

    def create(self, name: str, role: str | None = None, password: str | None = None) -> str:
        """A database with an owner of its own; its URL (see :func:`databases.ensure`)."""
        return databases.ensure(self.url, name, role, password)

    def drop(self, name: str) -> None:
        """Remove a database, also while somebody is connected to it."""
        databases.drop(self.url, name)


class GivenPostgres(PostgresServer):
    """Somebody else's server; its user must be allowed to make databases and roles."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)

    @property
    def url(self) -> str:
        """As it was given."""
        return self._url


class GivenRabbitmq(RabbitmqControl):
    """Somebody else's broker, administered by its management API.

    Args:
        url: an administrator's AMQP URL.
        api: the management API with no path (``MINASIDOR_RABBITMQ_API``); by default port 15672
            of the same host. The login is that of ``url`` unless it has its own.

    """

    def __init__(self, url: str, api: str | None = None) -> None:
        self._url = url
        parts = urlsplit(url)
        self._user = unquote(parts.username or "guest")
        self._password = unquote(parts.password or "guest")
        target = urlsplit(api or f"http://{parts.hostname}:15672")
        self._api = f"{target.scheme}://{target.netloc.rpartition('@')[2]}"
        self._given_api = api
        if target.username:
            self._api_login = (unquote(target.username), unquote(target.password or ""))
        else:
            self._api_login = (self._user, self._password)

    @property
    def url(self) -> str:
        """As it was given."""
        return self._url

    @property
    def user(self) -> str:
        """The user of the URL."""
        return self._user

    @property
    def reference(self) -> dict[str, Any]:
        """See the base class."""
        return {"kind": "url", "url": self._url, "api": self._given_api}

    def tool(self, *arguments: str, timeout: float = 60) -> str:
        """A given broker is not ours to stop."""
        raise ServerError(f"rabbitmqctl {arguments[0]}: not on a broker that was given by its URL")

    def import_definitions(self, definitions: Mapping[str, Any]) -> None:
        """Add users, virtual hosts and topology by ``POST /api/definitions``."""
        login = base64.b64encode(":".join(self._api_login).encode()).decode()
        request = urllib.request.Request(  # noqa: S310 - an administrator's setting
            f"{self._api}/api/definitions",
            data=json.dumps(definitions).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Basic {login}"},
            method="POST",
        )
        try:
            urllib.request.urlopen(request, timeout=30).close()  # noqa: S310
        except (urllib.error.URLError, OSError) as error:
            raise ServerError(
                f"the management API of the given broker did not take the definitions: {error}; "
                "set MINASIDOR_RABBITMQ_API to http://user:password@host:port"
            ) from error
