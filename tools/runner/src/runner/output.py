"""One log for all processes: a coloured prefix for people, or JSON, and a file per process."""

from __future__ import annotations

import itertools
import json
import sys
import time
from pathlib import Path
from typing import TextIO

COLOURS = itertools.cycle((36, 32, 33, 35, 34, 96, 92, 93, 95, 94))
KEEP_BYTES = 5_000_000
WIDTH = 22


class Output:
    """Where everything that is said goes.

    Args:
        folder: for ``<process>.log``; a file over five megabytes is moved to ``.old`` at the start.
        as_json: one JSON object a line instead of prefix and text.
        quiet: processes write to their files only.

    """

    def __init__(self, folder: Path, *, as_json: bool = False, quiet: bool = False, to: TextIO | None = None) -> None:
        self._folder = folder
        self._json = as_json
        self._quiet = quiet
        self._to = to or sys.stdout
        self._tty = self._to.isatty() and not as_json
        self._files: dict[str, TextIO] = {}
        self._colour: dict[str, int] = {}
        self._progress = ""
        self._said = 0.0
        folder.mkdir(parents=True, exist_ok=True)

    def line(self, name: str, text: str) -> None:
        """One line of process ``name``."""
        self._file(name).write(f"{text}\n")
        if not self._quiet:
            self._show(name, text)

    def say(self, text: str) -> None:
        """The runner's own words."""
        self._file("runner").write(f"{_clock()} {text}\n")
        self._show("minasidor", text)

    def progress(self, text: str) -> None:
        """What is being waited for: one line that changes on a terminal, else a line now and then."""
        if self._json:
            return
        now = time.monotonic()
        if self._tty:
            self._to.write(f"\r\x1b[2K\x1b[2m{text}\x1b[0m")
            self._to.flush()
            self._progress = text
        elif text and now - self._said > 2:  # noqa: PLR2004 - seconds
            self._said = now
            self._show("minasidor", text)

    def plain(self, text: str) -> None:
        """Text for a person, with no prefix."""
        self.progress("")
        if self._json:
            self._show("minasidor", text)
        else:
            self._to.write(f"{text}\n")
            self._to.flush()

    def close(self) -> None:
        """Close the files."""
        self.progress("")
        for file in self._files.values():
            file.close()
        self._files.clear()

    def tail(self, name: str, lines: int = 25) -> list[str]:
        """The last lines that ``name`` wrote."""
        path = self._folder / f"{name}.log"
        return path.read_text(errors="replace").splitlines()[-lines:] if path.exists() else []

    def _show(self, name: str, text: str) -> None:
        if self._json:
            self._to.write(_as_json(name, text) + "\n")
        else:
            prefix = f"{_clock()} {name:<{WIDTH}} |"
            if self._tty:
                colour = self._colour.setdefault(name, 0) or next(COLOURS)
                self._colour[name] = colour
                self._to.write(f"\r\x1b[2K\x1b[{colour}m{prefix}\x1b[0m {text}\n\x1b[2m{self._progress}\x1b[0m")
            else:
                self._to.write(f"{prefix} {text}\n")
        self._to.flush()

    def _file(self, name: str) -> TextIO:
        if name not in self._files:
            path = self._folder / f"{name}.log"
            if path.exists() and path.stat().st_size > KEEP_BYTES:
                path.replace(path.with_suffix(".old"))
            self._files[name] = path.open("a", buffering=1)
        return self._files[name]


def _clock() -> str:
    return time.strftime("%H:%M:%S")


def _as_json(name: str, text: str) -> str:
    try:
        inner = json.loads(text)
    except ValueError:
        inner = text
    whole = inner if isinstance(inner, dict) else {"event": text, "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
    return json.dumps({"process": name, **whole}, ensure_ascii=False)
