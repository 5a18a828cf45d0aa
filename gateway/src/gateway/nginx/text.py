"""How to write nginx's configuration language: blocks and quoting."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

INDENT = "    "


def block(head: str, lines: Iterable[str]) -> list[str]:
    """``head { lines }``."""
    return [f"{head} {{", *(INDENT + line for line in lines), "}"]


def quoted(value: str) -> str:
    """A string for nginx; variables in it still work."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def pattern(value: str) -> str:
    """A regular expression for nginx: backslashes stay as they are."""
    if '"' in value:
        raise ValueError(f"a quotation mark in the pattern {value}")
    return f'"{value}"'


def whole(alternatives: str, before: str = "", *, mark: str = "") -> str:
    r"""A pattern for all of ``before`` and one of ``alternatives``. ``\z``, because ``$`` would let a line break by.

    ``mark`` is the ``~`` of a map; a location has it outside.
    """
    return pattern(f"{mark}^{before}(?:{alternatives})\\z")


def path_of(path: Path, end: str = "") -> str:
    """A path for nginx, quoted; refuses what would need more than quoting."""
    text = f"{path}{end}"
    if any(character in text for character in "\"'$;{}\n"):
        raise ValueError(f"nginx cannot use the path {text}")
    return f'"{text}"'


def mapping(source: str, variable: str, entries: Iterable[tuple[str, str]]) -> list[str]:
    """``map source $variable { ... }``; both sides of an entry are written as they are."""
    return block(f"map {source} ${variable}", [f"{key} {value};" for key, value in entries])
