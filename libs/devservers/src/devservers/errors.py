"""What can go wrong with a server of one's own, as one error that says what to do."""

from __future__ import annotations

from pathlib import Path


class ServerError(Exception):
    """A server could not be started, reached or stopped. The text is meant for a person."""


def tail(path: Path, lines: int = 15) -> str:
    """The last ``lines`` of a log, for the text of an error."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"
