"""One running suite for the folder, with its personas. The scan for canaries comes last: it sees all that was done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import Suite, running_suite
from tests.security import stage as staging
from tests.security.tap import Tap

LIMITS = {
    f"GATEWAY_RATE_{name}": "off" for name in ("DEFAULT", "ADDRESS", "LOGIN", "COMPANY", "INVITATION", "STAFF_SEARCH")
} | {
    "GATEWAY_CONNECTIONS_PER_ADDRESS": "0",
    "GATEWAY_RATE_SMS_REPORT": "2r/s+60",
    "ORG_REGISTRY_COMPANY_TRIES_PER_NETWORK": "100000",
}
"""Off, since all personas come from one address; one class is on, for C31. The gateway's tests have the others."""
LAST = "test_canary"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the scan behind everything else of this folder."""
    items.sort(key=lambda item: item.path.parent.name == "security" and item.path.stem == LAST)


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The folder's own suite: its personas may be revoked, its broker stopped."""
    with running_suite(tmp_path_factory.mktemp("security"), **LIMITS) as started:
        yield started


@pytest.fixture(scope="session")
def tap(suite: Suite) -> Iterator[Tap]:
    """What every event said, from the first on."""
    listening = Tap(suite)
    listening.start()
    yield listening
    listening.stop()


@pytest.fixture(scope="session")
def stage(suite: Suite, tap: Tap) -> staging.Stage:
    """Everybody of the matrix, logged in."""
    return staging.prepare(suite)
