"""Where things are, and on which ports: all of it follows from the checkout and ``MINASIDOR_PORT``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devservers import places, ports

DEFAULT_PORT = 8080
HIGHEST = 65535


class Misconfigured(Exception):
    """A setting of the runner is wrong; the text names it."""


@dataclass(frozen=True)
class PortPlan:
    """Every port, counted from one base. Only the first is for people."""

    base: int = DEFAULT_PORT

    def __getattr__(self, name: str) -> int:
        """The port of ``name`` in :data:`OFFSETS`."""
        try:
            return self.base + OFFSETS[name][0]
        except KeyError:
            raise AttributeError(name) from None

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> PortPlan:
        """Read ``MINASIDOR_PORT``.

        Raises:
            Misconfigured: when it is no port, or leaves no room for the others.

        """
        text = environ.get("MINASIDOR_PORT") or str(DEFAULT_PORT)
        most = HIGHEST - max(offset for offset, _ in OFFSETS.values())
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise Misconfigured(f"MINASIDOR_PORT is {text!r}: a number from 1 to {most} is needed")
        return cls(int(text))

    def taken(self, names: list[str]) -> list[str]:
        """One sentence for each port of ``names`` that somebody else has."""
        return [
            f"port {getattr(self, name)} ({OFFSETS[name][1]}) is taken by another program"
            for name in names
            if not ports.is_free(getattr(self, name))
        ]


OFFSETS: dict[str, tuple[int, str]] = {
    "gateway": (0, "the address people use"),
    "bankid": (1, "BankID simulator"),
    "bolagsverket": (2, "Bolagsverket simulator"),
    "postbox": (3, "mails and SMS"),
    "smtp": (4, "SMTP of the postbox"),
    "batch_billing": (5, "batch billing simulator"),
    "portal": (6, "portal"),
    "spar": (7, "population register simulator"),
    "postgres": (10, "PostgreSQL"),
    "amqp": (11, "RabbitMQ"),
    "amqp_management": (12, "RabbitMQ management"),
    "epmd": (13, "RabbitMQ's port mapper"),
    "distribution": (14, "RabbitMQ's control port"),
}
"""Name -> (distance from the base, what it is for)."""


@dataclass(frozen=True)
class Layout:
    """The folders of a checkout."""

    root: Path

    @classmethod
    def find(cls, environ: Mapping[str, str] = os.environ) -> Layout:
        """The checkout that the front door belongs to."""
        named = environ.get("MINASIDOR_ROOT")
        return cls(Path(named) if named else Path(__file__).resolve().parents[4])

    @property
    def run(self) -> Path:
        """Everything that running leaves: data, logs, secrets. Safe to remove when nothing runs."""
        return self.root / ".run"

    @property
    def log(self) -> Path:
        """One file per process."""
        return self.run / "log"

    @property
    def state(self) -> Path:
        """What runs."""
        return self.run / "state.json"

    @property
    def lock(self) -> Path:
        """Held by the runner."""
        return self.run / "lock"

    @property
    def short(self) -> Path:
        """``run``, or a stand-in whose path is short and plain enough for sockets and nginx."""
        return places.short(self.run)

    @property
    def sockets(self) -> Path:
        """Unix sockets of the services."""
        return self.short / "sock"

    @property
    def nginx(self) -> Path:
        """Nginx's configuration, written at each start."""
        return self.short / "nginx"

    def make(self) -> None:
        """Create the folders."""
        self.run.mkdir(exist_ok=True)
        if self.short != self.run.resolve():
            places.make_private(self.short)
        self.log.mkdir(exist_ok=True)
        for folder in (self.sockets, self.nginx):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)

    def wipe(self) -> None:
        """Remove all that running left, also what had to be kept outside the checkout. Nothing may run."""
        self.wipe_outside()
        shutil.rmtree(self.run, ignore_errors=True)

    def wipe_outside(self) -> None:
        """Remove what had to be kept outside the checkout, among it the databases. Nothing may run."""
        for folder in (self.run, self.run / "postgres", self.run / "rabbitmq"):
            shutil.rmtree(places.stand_in(folder), ignore_errors=True)
