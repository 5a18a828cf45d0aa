"""Folders for servers: private, and where needed short or readable by another user."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from devservers.errors import ServerError

LONGEST = 70
"""A folder with a longer path may break Unix sockets below it (their limit is 104 to 108)."""


def make_private(folder: Path, owner: int | None = None) -> Path:
    """Create ``folder`` for its owner alone; refuse one that somebody else prepared."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {os.geteuid(), owner}:
        raise ServerError(f"{folder} belongs to somebody else; remove it or use another folder")
    folder.chmod(0o700)
    return folder


def stand_in(folder: Path, base: Path = Path("/var/tmp")) -> Path:
    """A short folder elsewhere that always stands for this ``folder`` and survives a restart."""
    if not base.is_dir():
        base = Path("/tmp")
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:10]
    return base / f"minasidor-{os.geteuid()}-{name}"


def short(folder: Path) -> Path:
    """``folder``, or its stand-in when its path is too long or has characters scripts break on."""
    text = str(folder.resolve())
    if len(text) <= LONGEST and all(c.isalnum() or c in "/._-+" for c in text):
        return folder.resolve()
    return stand_in(folder)
