"""The real server process on a free loopback port, the tester, a relying party and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from sim_bankid.control import Control
from sim_bankid.testing import RelyingParty, Simulator, running


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with running() as started:
        yield started


@pytest.fixture
def control(simulator: Simulator) -> Control:
    """The tester, with a fresh simulator whose clock stands still."""
    tester = Control(simulator.tester)
    tester.reset()
    tester.freeze()
    return tester


@pytest.fixture
def rp(simulator: Simulator, control: Control) -> Iterator[RelyingParty]:
    with httpx2.Client(base_url=simulator.api, trust_env=False, timeout=10) as client:
        yield RelyingParty(client)


@pytest.fixture
def browser(simulator: Simulator, control: Control) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=simulator.tester, trust_env=False, timeout=10) as client:
        yield client
