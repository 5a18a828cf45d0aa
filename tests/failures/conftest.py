"""One running suite for the whole folder; a new one after a row that has failed, so that no row pays for another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from tests.conftest import Suite, running_suite
from tests.failures.audit import plain
from tests.failures.faults import Orders
from tests.failures.history import Verdict
from tests.failures.prover import Prover, Round

NO_LIMITS = {
    f"GATEWAY_RATE_{name}": "off" for name in ("DEFAULT", "ADDRESS", "LOGIN", "COMPANY", "INVITATION", "STAFF_SEARCH")
} | {"GATEWAY_CONNECTIONS_PER_ADDRESS": "0"}
RESULTS = pytest.StashKey[list[str]]()


class Bench:
    """Starts a suite when one is needed and keeps it until a row fails."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._stack = ExitStack()
        self._prover: Prover | None = None
        self.failed = False

    def prover(self) -> Prover:
        """The prover on a suite that no failed row has touched."""
        if self.failed:
            self.close()
        if self._prover is None:
            root = self._factory.mktemp("suite")
            orders = root / "orders"
            orders.mkdir()
            suite = self._stack.enter_context(
                running_suite(
                    root,
                    **NO_LIMITS,
                    MINASIDOR_FAULTPOINT_FOLDER=str(orders),
                    MINASIDOR_RESTART_SECONDS="0.5",
                )
            )
            self._prover = Prover(suite, root)
            self._stack.callback(self._prover.audit.close)
            self._prover.prepare()
        self.failed = False
        return self._prover

    def close(self) -> None:
        """Stop the suite."""
        self._prover = None
        self._stack.close()


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The one of the session."""
    made = Bench(tmp_path_factory)
    yield made
    made.close()


@pytest.fixture
def prover(bench: Bench, request: pytest.FixtureRequest) -> Iterator[Prover]:
    """A prover on a healthy suite."""
    failures = request.session.testsfailed
    yield bench.prover()
    bench.failed = request.session.testsfailed > failures


@pytest.fixture
def suite(prover: Prover) -> Suite:
    """The suite that the prover drives."""
    made: Suite = prover.suite
    return made


@pytest.fixture
def orders(prover: Prover) -> Iterator[Orders]:
    """Deaths at fault points; what was not carried out is withdrawn."""
    made = Orders(prover.folder / "orders")
    yield made
    made.withdraw()


@pytest.fixture
def judged(prover: Prover, request: pytest.FixtureRequest) -> Any:
    """Judge a round, print its counts here and at the end, and insist on P0."""

    def judge(going: Round, **options: Any) -> Verdict:
        verdict = prover.judge(going, **options)
        line = f"{going.name}: {verdict}"
        print(line)  # noqa: T201 - the counts are what a row is for
        request.config.stash.setdefault(RESULTS, []).append(line)
        assert verdict.clean, f"{line}\n{plain(verdict.findings)}"
        return verdict

    return judge


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The prover's counts, row by row."""
    lines = config.stash.get(RESULTS, [])
    if lines:
        terminalreporter.section("the prover's counts")
        for line in lines:
            terminalreporter.line(line)
