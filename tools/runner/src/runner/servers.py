"""PostgreSQL and RabbitMQ as the runner has them: its own, in containers, or somebody else's."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from contracts import rabbitmq as topology
from devservers import choose, databases, shared
from devservers.errors import ServerError
from devservers.given import GivenPostgres, PostgresServer
from devservers.postgres import Postgres
from devservers.process import Command
from devservers.rabbitmq import Ports, Rabbitmq
from devservers.rabbitmq_control import RabbitmqControl
from runner import borrowed
from runner.children import python
from runner.layout import Layout, PortPlan
from runner.program import Program

RABBITMQ_SETTINGS = {"log.console.level": "warning"}


class Servers:
    """The two servers: which programs they take, and how each service reaches them."""

    def __init__(self, layout: Layout, ports: PortPlan, secrets: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self._layout = layout
        self._ports = ports
        self._secrets = secrets
        self._environ = environ
        self._alive: IO[str] | None = None
        # Containers only when asked for: what runs on one's own machine should keep its data.
        wish = {**environ, "MINASIDOR_SERVERS": environ.get("MINASIDOR_SERVERS") or "embedded"}
        self.postgres_kind = choose.kind("postgres", wish)
        self.rabbitmq_kind = choose.kind("rabbitmq", wish)
        self._postgres: PostgresServer | None = None
        self._rabbitmq: RabbitmqControl | None = None
        self._borrowed = False

    @property
    def ports_used(self) -> list[str]:
        """The names of the ports that our own servers take."""
        used = ["postgres"] if self.postgres_kind == "embedded" else []
        return used + (["amqp", "epmd", "distribution"] if self.rabbitmq_kind == "embedded" else [])

    # -- for the services ---------------------------------------------------------------------
    def database_url(self, service: str) -> str:
        """A service's own database with its own role."""
        name = service.replace("-", "_")
        return databases.with_database(self._running_postgres().url, name, name, self._secrets["databases"][service])

    def owner_url(self, service: str) -> str:
        """The login of the role that owns a service's tables, where that is another one."""
        name = service.replace("-", "_")
        return databases.with_database(
            self._running_postgres().url, name, f"{name}_owner", self._secrets["owners"][service]
        )

    def amqp_url(self, participant: str) -> str:
        """A participant's own user at the broker; the one login of a borrowed broker."""
        broker = self._running_rabbitmq()
        if self._borrowed:
            return broker.url
        return broker.url_for(participant, self._secrets["broker"][participant], topology.VHOST)

    @property
    def trust_sender(self) -> bool:
        """Whether all services share one login, so that the broker cannot vouch for a sender."""
        return self._borrowed

    def make_databases(self) -> None:
        """A database and a role per service."""
        for service, password in self._secrets["databases"].items():
            name = service.replace("-", "_")
            databases.ensure(self._running_postgres().url, name, name, password)
        for service, password in self._secrets["owners"].items():
            databases.ensure_owner(self._running_postgres().url, service.replace("-", "_"), password)

    def make_topology(self) -> None:
        """Users, queues and bindings, where they did not come with the start of the node."""
        if self.rabbitmq_kind == "embedded":
            return
        broker = self._running_rabbitmq()
        try:
            broker.import_definitions(self._definitions())
        except ServerError:
            if self.rabbitmq_kind == "containers":
                raise
            borrowed.declare(broker.url)
            self._borrowed = True

    # -- for the supervisor -------------------------------------------------------------------
    def programs(self) -> list[Program]:
        """What must run for the two servers, and the actions ``databases`` and ``topology`` behind them."""
        return [*self._postgres_programs(), *self._rabbitmq_programs()]

    def _postgres_programs(self) -> list[Program]:
        make = Program(name="databases", action=self.make_databases, after=("postgres",))
        match self.postgres_kind:
            case "given":
                self._postgres = GivenPostgres(self._environ[choose.URLS["postgres"]])
                return [Program(name="postgres", action=self._check_given_postgres), make]
            case "containers":
                return [self._held("postgres"), make]
        own = self._own_postgres()
        self._postgres = own
        run = Program(
            name="postgres",
            prepare=own.prepare,
            command=lambda: own.command,
            ready=own.ready,
            started=own.seal,
            ports=(own.port,),
        )
        return [run, make]

    def _rabbitmq_programs(self) -> list[Program]:
        make = Program(name="topology", action=self.make_topology, after=("rabbitmq",))
        match self.rabbitmq_kind:
            case "given":
                self._rabbitmq = choose.given_rabbitmq(self._environ)
                return [Program(name="rabbitmq"), make]
            case "containers":
                return [self._held("rabbitmq"), make]
        own = self._own_rabbitmq()
        self._rabbitmq = own
        epmd = Program(
            name="epmd",
            prepare=own.prepare,
            command=lambda: own.epmd_command,
            ready=own.epmd_ready,
            ports=(own.ports.epmd,),
        )
        node = Program(
            name="rabbitmq",
            command=lambda: own.command,
            ready=own.ready,
            after=("epmd",),
            timeout=90,
            ports=(own.ports.amqp, own.ports.distribution),
        )
        return [epmd, node, make]

    def _held(self, server: str) -> Program:
        """A container, kept by a process of its own that ends it when it ends itself."""
        folder = self._layout.run / "containers"
        known = folder / f"{server}.json"

        def prepare() -> None:
            folder.mkdir(exist_ok=True)
            for name in (f"{server}.json", f"{server}.error"):
                (folder / name).unlink(missing_ok=True)
            if self._alive is None:
                self._alive = (folder / shared.ALIVE).open("w")
                fcntl.flock(self._alive, fcntl.LOCK_EX)

        return Program(
            name=server,
            prepare=prepare,
            command=lambda: Command(
                argv=python(("devservers.hold", server, str(folder))), env=dict(self._environ), grace=30
            ),
            ready=known.exists,
            timeout=300,
        )

    def _own_postgres(self) -> Postgres:
        return Postgres(self._layout.run / "postgres", port=self._ports.postgres)

    def _own_rabbitmq(self) -> Rabbitmq:
        return Rabbitmq(
            self._layout.run / "rabbitmq",
            definitions=self._definitions(),
            listen=Ports(self._ports.amqp, self._ports.epmd, self._ports.distribution),
            vhost=topology.VHOST,
            settings=RABBITMQ_SETTINGS,
        )

    @property
    def broker(self) -> RabbitmqControl:
        """The broker, for an operator's hands; also from a process that did not start it."""
        return self._running_rabbitmq()

    def _running_postgres(self) -> PostgresServer:
        if self._postgres is None:
            match self.postgres_kind:
                case "given":
                    self._postgres = GivenPostgres(self._environ[choose.URLS["postgres"]])
                case "containers":
                    self._postgres = choose.attach_postgres(_reference(self._layout.run, "postgres"))
                case _:
                    self._postgres = self._own_postgres()
        return self._postgres

    def _running_rabbitmq(self) -> RabbitmqControl:
        if self._rabbitmq is None:
            match self.rabbitmq_kind:
                case "given":
                    self._rabbitmq = choose.given_rabbitmq(self._environ)
                case "containers":
                    self._rabbitmq = choose.attach_rabbitmq(_reference(self._layout.run, "rabbitmq"))
                case _:
                    self._rabbitmq = self._own_rabbitmq()
        return self._rabbitmq

    def _definitions(self) -> dict[str, Any]:
        return topology.definitions(dict(self._secrets["broker"]))

    def _check_given_postgres(self) -> None:
        if not databases.answers(self._running_postgres().url):
            raise ServerError("the server that MINASIDOR_POSTGRES_URL names does not answer")


def _reference(run: Path, server: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "containers" / f"{server}.json").read_text())
    return found
