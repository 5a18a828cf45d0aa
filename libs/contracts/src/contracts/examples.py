"""Examples of every event: one that passes, and some that must fail and say why."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

FOLDER = files("contracts") / "example_files"
SHARED = "any-service"
"""Producer in the file names of events that every service sends alike."""


def _read(type_: str, kind: str) -> Any:
    for name in (type_, f"{SHARED}.{type_.partition('.')[2]}"):
        file = FOLDER / f"{name}.{kind}.json"
        if file.is_file():
            return json.loads(file.read_text(encoding="utf-8"))
    message = f"there is no example of {type_} that must {kind}"
    raise FileNotFoundError(message)


def passing(type_: str) -> dict[str, Any]:
    """A plausible body of ``type_``; published test identities and fictitious numbers only."""
    body: dict[str, Any] = _read(type_, "pass")
    return body


def failing(type_: str) -> list[dict[str, Any]]:
    """Bodies that the schema must refuse: ``{"why": ..., "body": ...}``."""
    cases: list[dict[str, Any]] = _read(type_, "fail")
    return cases
