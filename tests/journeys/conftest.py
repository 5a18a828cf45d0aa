"""Each journey has a suite of its own: who logs in for the first time in one has not been there in another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import Suite, running_suite


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The module's own suite."""
    with running_suite(tmp_path_factory.mktemp("journey")) as started:
        yield started
