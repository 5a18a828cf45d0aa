"""Session fixtures ``postgres_server`` and ``rabbitmq_server``, shared by all xdist workers.

Each server is started when the first test asks for it and stopped when the run ends.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devservers import choose, shared
from devservers.given import PostgresServer
from devservers.rabbitmq import Rabbitmq
from devservers.rabbitmq_control import RabbitmqControl

RUN = pytest.StashKey[shared.Run]()
FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """The controller makes the run's folder; workers are told where it is."""
    told: dict[str, Any] | None = getattr(config, "workerinput", None)
    if told is not None:
        config.stash[FOLDER] = Path(told["minasidor_servers"])
        return
    run = shared.Run()
    config.stash[RUN] = run
    config.stash[FOLDER] = run.folder


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: called in the controller for each worker."""
    node.workerinput["minasidor_servers"] = str(node.config.stash[FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started, however the run ended."""
    run = config.stash.get(RUN, None)
    if run is not None:
        run.end()


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> PostgresServer:
    """A PostgreSQL server to make databases on: ``postgres_server.create("name")``."""
    return choose.attach_postgres(shared.reference(pytestconfig.stash[FOLDER], "postgres"))


@pytest.fixture(scope="session")
def rabbitmq_server(pytestconfig: pytest.Config) -> RabbitmqControl:
    """A RabbitMQ broker to make virtual hosts on. Do not stop it: other workers use it too."""
    return choose.attach_rabbitmq(shared.reference(pytestconfig.stash[FOLDER], "rabbitmq"))


@pytest.fixture
def private_rabbitmq(pytestconfig: pytest.Config) -> Iterator[Callable[..., Rabbitmq]]:
    """Makes RabbitMQ nodes of the test's own, which it may stop, kill and fill."""
    nodes: list[Rabbitmq] = []
    folder = Path(tempfile.mkdtemp(prefix="node-", dir=pytestconfig.stash[FOLDER]))

    def make(**options: Any) -> Rabbitmq:
        node = Rabbitmq(folder / str(len(nodes)), **options)
        nodes.append(node)
        return node.start()

    yield make
    for node in nodes:
        node.stop()
    shutil.rmtree(folder)
