"""A private RabbitMQ node from the machine's own package, with everything under one folder.

Two processes: the Erlang port mapper (epmd), which we run in the foreground so that it ends with
us, and the node. Both listen on loopback only, on ports of their own. Nothing is read from
``/etc/rabbitmq`` and nothing is left behind.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from devservers import places, ports, process, rabbitmq_files
from devservers.errors import ServerError, tail
from devservers.rabbitmq_control import RabbitmqControl

ADMIN = "admin"
NODE = "minasidor@localhost"
SCRIPTS = (
    "/usr/lib/rabbitmq/bin",  # Debian; the wrapper in /usr/sbin changes the user
    "/opt/homebrew/opt/rabbitmq/sbin",
    "/usr/local/opt/rabbitmq/sbin",
)
PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"


@dataclass(frozen=True)
class Ports:
    """The ports of one node; ``management`` zero means the plugin is off."""

    amqp: int
    epmd: int
    distribution: int
    management: int = 0

    @classmethod
    def free(cls, *, management: bool = False) -> Ports:
        """Ports that are free now."""
        amqp, epmd, distribution, http = ports.free_ports(4)
        return cls(amqp, epmd, distribution, http if management else 0)


class Rabbitmq(RabbitmqControl):
    """One RabbitMQ node with its data under ``folder``.

    Args:
        folder: kept between starts. Where its path is too long or has blanks, a stand-in in
            ``/var/tmp`` is used.
        definitions: users, virtual hosts, topology, imported at each start before the first
            connection is taken. An administrator is added.
        listen: free ports are found when none are given.
        vhost: the virtual host of :attr:`url`; made if the definitions do not have it.

    """

    def __init__(
        self,
        folder: Path,
        *,
        definitions: Mapping[str, Any] | None = None,
        listen: Ports | None = None,
        vhost: str = "/",
        management: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._wanted = folder
        self._folder = places.short(folder)
        self._definitions = definitions or {}
        self.ports = listen or Ports.free(management=management)
        self.vhost = vhost
        self._settings = dict(settings or {})
        self._epmd: subprocess.Popen[bytes] | None = None
        self._node: subprocess.Popen[bytes] | None = None
        self._prepared = False

    # -- for a supervisor ---------------------------------------------------------------------
    def prepare(self) -> None:
        """Write the node's files; idempotent, and the definitions are always the given ones."""
        self._scripts = scripts_folder()
        self._wanted.mkdir(parents=True, exist_ok=True)
        kept = self._wanted / "admin-password"
        if not kept.exists():
            # without its password an old node in a stand-in folder is of no use
            shutil.rmtree(self._folder / "mnesia", ignore_errors=True)
            rabbitmq_files.write_private(kept, secrets.token_urlsafe(24))
        places.make_private(self._folder)
        rabbitmq_files.write(
            self._folder,
            self.ports.amqp,
            self.ports.management,
            rabbitmq_files.with_administrator(self._definitions, ADMIN, self.password, self.vhost),
            self._settings,
        )
        self._prepared = True

    @property
    def epmd_command(self) -> process.Command:
        """The port mapper; start it before the node and end it after."""
        return process.Command(
            argv=(_epmd_program(), "-port", str(self.ports.epmd), "-address", ports.LOOPBACK),
            env=self.environment(),
            grace=3.0,
        )

    @property
    def command(self) -> process.Command:
        """The node itself. It needs about six seconds to stop in order: never kill it sooner."""
        return process.Command(
            argv=(str(self._scripts / "rabbitmq-server"),),
            env=self.environment(),
            cwd=str(self._folder),
            grace=20.0,
        )

    def epmd_ready(self) -> bool:
        """Whether the port mapper answers."""
        return ports.answers(self.ports.epmd)

    def ready(self) -> bool:
        """Whether the node speaks AMQP; by then the definitions are in."""
        return speaks_amqp(ports.LOOPBACK, self.ports.amqp)

    def environment(self) -> dict[str, str]:
        """All that the server's and the control tools' scripts read."""
        return rabbitmq_files.environment(self._folder, NODE, self.ports.epmd, self.ports.distribution)

    # -- by itself ----------------------------------------------------------------------------
    def start(self) -> Self:
        """Start and wait until AMQP is spoken.

        Raises:
            ServerError: with the end of the node's log.

        """
        self.prepare()
        try:
            with self.log.open("ab") as output:
                if self._epmd is None or self._epmd.poll() is not None:
                    self._epmd = process.spawn(self.epmd_command, output)
                process.wait_until(self.epmd_ready, "epmd", timeout=10)
                self._node = process.spawn(self.command, output)
            node = self._node
            process.wait_until(
                self.ready,
                "RabbitMQ",
                timeout=90,
                alive=lambda: node.poll() is None,
                explain=lambda: tail(self.log),
                interval=0.05,
            )
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the node in order, then the port mapper."""
        if self._node is not None:
            process.stop(self._node, self.command)
            self._node = None
        if self._epmd is not None:
            process.stop(self._epmd, self.epmd_command)
            self._epmd = None

    def kill(self, *, settle: bool = True) -> None:
        """The node dies at once, as in a power cut; :meth:`start` brings it back.

        RabbitMQ writes the list of its quorum queues (not their messages) some seconds after a
        queue was declared; killed before, it does not find that queue again (seen with 3.10).
        With ``settle`` that list is written first, as it is in any node older than seconds.
        """
        if self._node is not None:
            if settle and self._node.poll() is None:
                self.tool("eval", "[dets:sync(Table) || Table <- dets:all()].")
            process.kill_group(self._node.pid)
            self._node.wait()
            self._node = None

    def wipe(self) -> None:
        """Remove all data of the stopped node."""
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.rmtree(self._wanted, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- use ----------------------------------------------------------------------------------
    @property
    def url(self) -> str:
        """The administrator's URL on :attr:`vhost`."""
        return amqp_url(ADMIN, self.password, ports.LOOPBACK, self.ports.amqp, self.vhost)

    @property
    def password(self) -> str:
        """The administrator's password, made once per folder."""
        return (self._wanted / "admin-password").read_text().strip()

    @property
    def log(self) -> Path:
        """The log that ``start`` writes; a supervisor keeps its own."""
        return self._wanted / "rabbitmq.log"

    @property
    def user(self) -> str:
        """The administrator's name."""
        return ADMIN

    @property
    def reference(self) -> dict[str, Any]:
        """What another process needs to use this node: see ``choose.attach_rabbitmq``."""
        listen = asdict(self.ports)
        return {"kind": "node", "folder": str(self._wanted), "ports": listen, "vhost": self.vhost}

    def tool(self, *arguments: str, timeout: float = 60) -> str:
        """Run ``rabbitmqctl``; what it prints."""
        done = subprocess.run(
            [str(scripts_folder() / "rabbitmqctl"), "--node", NODE, "-q", *arguments],
            env=self.environment(),
            cwd=str(self._folder),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode != 0:
            raise ServerError(f"rabbitmqctl {arguments[0]}: {done.stdout}{done.stderr}".strip())
        return done.stdout

    def import_definitions(self, definitions: Mapping[str, Any]) -> None:
        """Add users, virtual hosts and topology while running."""
        path = self._folder / f"import-{secrets.token_hex(4)}.json"
        rabbitmq_files.write_definitions(path, definitions)
        try:
            self.tool("import_definitions", str(path))
        finally:
            path.unlink()


def scripts_folder() -> Path:
    """Where the machine's RabbitMQ keeps its scripts.

    Raises:
        ServerError: when it has none.

    """
    for folder in SCRIPTS:
        if (Path(folder) / "rabbitmq-server").exists():
            return Path(folder)
    found = shutil.which("rabbitmq-server")
    if found:
        return Path(found).resolve().parent
    raise ServerError(
        "RabbitMQ is not installed: apt-get install rabbitmq-server, brew install rabbitmq, or "
        "set MINASIDOR_AMQP_URL to a server that exists"
    )


def _epmd_program() -> str:
    found = shutil.which("epmd", path=rabbitmq_files.SEARCH_PATH)
    if found:
        return found
    erl = shutil.which("erl", path=rabbitmq_files.SEARCH_PATH)
    if erl:  # Homebrew keeps it beside the emulator only
        for program in sorted(Path(erl).resolve().parent.parent.glob("**/erts-*/bin/epmd")):
            return str(program)
    raise ServerError("epmd (a part of Erlang) was not found")


def speaks_amqp(host: str, port: int) -> bool:
    """Whether a server on ``port`` answers the AMQP 0-9-1 greeting."""
    return ports.greets(host, port, PROTOCOL_HEADER, b"\x01")


def amqp_url(user: str, password: str, host: str, port: int, vhost: str) -> str:
    """An AMQP URL with every part quoted."""
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return f"amqp://{login}@{host}:{port}/{quote(vhost, safe='')}"


__all__ = ["Ports", "Rabbitmq", "amqp_url", "scripts_folder", "speaks_amqp"]
