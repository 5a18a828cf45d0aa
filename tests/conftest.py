"""The whole suite, running: what ``./minasidor up`` starts, on ports and in a folder of its own."""

from __future__ import annotations

import http.client
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contracts.catalogue import SERVICES
from devservers import ports
from devservers.rabbitmq_control import RabbitmqControl
from runner import state
from runner import suite as runner_suite
from runner.journey.people import Citizen, World
from runner.layout import Layout
from runner.output import Output
from runner.plan import Planner

ROOM = 20


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=3)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass
class Suite:
    """The running suite, with an operator's hands."""

    planner: Planner
    world: World

    @property
    def broker(self) -> RabbitmqControl:
        """The broker's control: stop_app, start_app, set_disk_free_limit ..."""
        return self.planner.servers.broker

    def query(self, service: str, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask a service's database, as its operator may; journeys never do."""
        with psycopg.connect(self.planner.servers.database_url(service), autocommit=True) as connection:
            return connection.execute(sql, parameters or None).fetchall()

    def pid(self, name: str) -> int:
        """The process id of ``billing.worker`` and the like."""
        return int(state.read(self.planner.layout.state)["processes"][name]["pid"])

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Send a signal to one of the suite's processes."""
        os.kill(self.pid(name), number)

    def pids(self) -> dict[str, int]:
        """All of the suite's processes."""
        rows = state.read(self.planner.layout.state)["processes"]
        return {name: int(row["pid"]) for name, row in rows.items()}

    def ask(self, name: str, path: str = "/readyz") -> tuple[int, str]:
        """Status and text that a ``.web`` or ``.worker`` gives on its own socket; 0 where nobody answers."""
        connection = _UnixConnection(self.planner.layout.sockets / f"{name.removesuffix('.web')}.sock")
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def metric(self, name: str, metric: str) -> float:
        """A counter of a process, without labels; 0 where it has not got it."""
        lines = self.ask(name, "/metrics")[1].splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith(f"{metric} "))

    def troubled(self) -> list[str]:
        """The services' processes that are not there, not ready, or out of touch with the broker."""
        running = self.pids()
        return [
            name
            for service in SERVICES
            for name in (f"{service}.web", f"{service}.worker")
            if name not in running or self._is_troubled(name)
        ] + [name for name in ("gateway.web", "nginx") if name not in running or not self._answers(name)]

    def _is_troubled(self, name: str) -> bool:
        status, text = self.ask(name)
        return status != http.client.OK or "degraded" in text

    def _answers(self, name: str) -> bool:
        if name != "nginx":
            return self.ask(name, "/livez")[0] == http.client.OK
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", self.planner.ports.gateway)) == 0

    def amqp_url(self, participant: str) -> str:
        """A participant's own login at the broker."""
        return self.planner.servers.amqp_url(participant)

    def log(self, name: str) -> str:
        """What a process has logged."""
        return (self.planner.layout.log / f"{name}.log").read_text(errors="replace")

    def citizen(self, personal_number: str, **more: Any) -> Citizen:
        """Somebody with a BankID and a browser."""
        return Citizen(self.world, personal_number, **more)


@contextmanager
def running_suite(root: Path, **settings: str) -> Iterator[Suite]:
    """Start the suite under ``root``; stop it afterwards, whatever happened. Nobody has logged in yet."""
    environ = {**os.environ, "MINASIDOR_ROOT": str(root), "MINASIDOR_PORT": str(ports.free_base(ROOM))}
    environ |= {"MINASIDOR_DEMO": "0"} | settings
    layout = Layout.find(environ)
    layout.make()
    ours = state.runner_of(state.read(layout.state)) is None
    try:
        with runner_suite.running(layout, environ, Output(layout.log)) as planner:
            told = planner.journey_environment()
            yield Suite(planner, _world(planner.public_url, told))
    finally:
        if ours:  # pytest removes the folder itself some day, with the logs; it knows nothing of a database elsewhere
            layout.wipe_outside()


def _world(url: str, told: dict[str, str]) -> World:
    from sim_bankid.control import Control as BankID
    from sim_batch_billing.control import Control as BatchBilling
    from sim_bolagsverket.control import Control as Bolagsverket
    from sim_postbox.control import Control as Postbox
    from sim_spar.control import Control as Spar

    return World(
        gateway_url=url,
        bankid=BankID(told["MINASIDOR_BANKID_URL"]),
        bolagsverket=Bolagsverket(told["MINASIDOR_BOLAGSVERKET_URL"]),
        spar=Spar(told["MINASIDOR_SPAR_URL"]),
        postbox=Postbox(told["MINASIDOR_POSTBOX_URL"]),
        billing_system=BatchBilling(told["MINASIDOR_BATCH_BILLING_URL"]),
    )


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """One running suite for all tests that only use it."""
    with running_suite(tmp_path_factory.mktemp("suite")) as started:
        yield started


@pytest.fixture
def world(suite: Suite) -> World:
    """Where everything is."""
    return suite.world


__all__ = ["Suite", "running_suite"]
