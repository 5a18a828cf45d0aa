"""A folder for servers that PostgreSQL's own user can enter, unlike pytest's ``tmp_path``."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="minasidor-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
