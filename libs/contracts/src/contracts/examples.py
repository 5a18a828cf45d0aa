"""Examples of every event: one that passes, and some that must fail and say why."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

FOLDER = files("contracts") / "example_files"


def passing(type_: str) -> dict[str, Any]:
    """A plausible body of ``type_``; published test identities and fictitious numbers only."""
    body: dict[str, Any] = json.loads((FOLDER / f"{type_}.pass.json").read_text(encoding="utf-8"))
    return body


def failing(type_: str) -> list[dict[str, Any]]:
    """Bodies that the schema must refuse: ``{"why": ..., "body": ...}``."""
    cases: list[dict[str, Any]] = json.loads((FOLDER / f"{type_}.fail.json").read_text(encoding="utf-8"))
    return cases
