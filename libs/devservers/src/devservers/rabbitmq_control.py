"""What failure tests do to a broker, the same for a private node and for a container."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit


class RabbitmqControl(ABC):
    """Built on two abilities: to run ``rabbitmqctl`` and to import definitions."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The administrator's URL."""

    @property
    @abstractmethod
    def user(self) -> str:
        """The administrator's name."""

    @property
    @abstractmethod
    def reference(self) -> dict[str, Any]:
        """What another process needs to use this server (see ``choose.attach_*``)."""

    def url_for(self, user: str, password: str, vhost: str) -> str:
        """The URL of another user and virtual host on this server."""
        return login(self.url, user, password, vhost)

    @abstractmethod
    def tool(self, *arguments: str, timeout: float = 60) -> str:
        """Run ``rabbitmqctl``; what it prints. Takes one to two seconds.

        Raises:
            ServerError: when the tool fails.

        """

    @abstractmethod
    def import_definitions(self, definitions: Mapping[str, Any]) -> None:
        """Add users, virtual hosts and topology while running."""

    def create_vhost(self, name: str, user: str | None = None) -> str:
        """A virtual host where ``user`` (the administrator) may do everything; its URL."""
        user = user or self.user
        self.import_definitions(
            {
                "vhosts": [{"name": name}],
                "permissions": [{"user": user, "vhost": name, "configure": ".*", "write": ".*", "read": ".*"}],
            }
        )
        return in_vhost(self.url, name)

    def delete_vhost(self, name: str) -> None:
        """Remove a virtual host with all that is in it."""
        self.tool("delete_vhost", name)

    def stop_app(self) -> None:
        """Close the broker; its runtime stays. Clients lose their connections."""
        self.tool("stop_app")

    def start_app(self) -> None:
        """Open the broker again and wait until it is."""
        self.tool("start_app")
        self.tool("await_startup")

    def reset(self) -> None:
        """Wipe the broker: everything but the runtime is gone, definitions too."""
        self.tool("stop_app")
        self.tool("reset")
        self.start_app()

    def set_disk_free_limit(self, limit: str) -> None:
        """``"50MB"`` is ours; more than the disk has (``"1000000GB"``) blocks all publishers."""
        self.tool("set_disk_free_limit", limit)

    def set_memory_limit(self, fraction: float) -> None:
        """Share of the memory that raises the alarm: 0 blocks all publishers, 0.4 is usual."""
        self.tool("set_vm_memory_high_watermark", f"{fraction:g}")

    def close_connections(self, reason: str = "closed by a test") -> None:
        """Close every client's connection from the server's side."""
        self.tool("close_all_connections", "--global", reason)

    def queues(self, vhost: str) -> dict[str, int]:
        """Messages per queue.

        Of quorum queues the figure may be five seconds old: a test that needs it exact declares
        the queue passively.
        """
        lines = self.tool("list_queues", "-p", vhost, "--no-table-headers", "name", "messages")
        rows = (line.split("\t") for line in lines.splitlines() if "\t" in line)
        return {name: int(count) for name, count in rows}


def login(url: str, user: str, password: str, vhost: str) -> str:
    """``url`` with another login and virtual host."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"
    return urlunsplit((parts.scheme, netloc, f"/{quote(vhost, safe='')}", parts.query, ""))


def in_vhost(url: str, vhost: str) -> str:
    """``url`` with another virtual host."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(vhost, safe='')}"))
