"""Every text of the portal, in Swedish and English: one TOML file per area, beside this module.

A key is ``<file>.<name>``: ``invoices.title`` is ``[title]`` with ``sv`` and ``en`` in ``invoices.toml``. Names
that end in ``_html`` may hold tags; what is put into them is escaped all the same.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

LANGUAGES = ("sv", "en")
FOLDER = Path(__file__).parent


class MissingText(LookupError):
    """There is no such text; the message is its key."""


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All texts: key -> language -> text."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        with path.open("rb") as file:
            entries: dict[str, dict[str, str]] = tomllib.load(file)
        found |= {f"{path.stem}.{name}": entry for name, entry in entries.items()}
    return found


class Texts:
    """The texts in one language; ``texts("invoices.title")``.

    Args:
        operator: what ``{operator}``, ``{support_email}`` and so on stand for in every text.

    """

    def __init__(self, language: str, operator: Mapping[str, str]) -> None:
        self.language = language if language in LANGUAGES else "sv"
        self._operator = operator

    def __call__(self, key: str, /, **values: Any) -> str:
        """The text of ``key`` with ``values`` in its braces. Raises ``MissingText``."""
        try:
            text = catalogue()[key][self.language]
        except KeyError:
            raise MissingText(key) from None
        filled = {**self._operator, **values}
        if key.endswith("_html"):
            return Markup(text).format(**filled)  # noqa: S704 - our own catalogue; the values are escaped
        return text.format(**filled) if "{" in text else text

    def count(self, key: str, number: int, /, **values: Any) -> str:
        """``key_one`` or ``key_other``, with ``{n}``."""
        return self(f"{key}_one" if number == 1 else f"{key}_other", n=number, **values)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in catalogue()


__all__ = ["LANGUAGES", "MissingText", "Texts", "catalogue"]
