"""What is kept of people over all services, how long and why (J10): one table, generated from their declarations."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _declared() -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = json.loads(files("identity").joinpath("retention.json").read_text(encoding="utf-8"))
    return table


def list_retention(locale: str) -> list[dict[str, str]]:
    """Every kind of data, by service, in the reader's language."""
    language = locale if locale == "en" else "sv"
    return [
        {"service": line["service"]} | {name: line[name][language] for name in ("what", "kept_for", "why")}
        for line in _declared()
    ]
