"""The child: a file on standard input, the verdict and what is kept of it on standard output."""

from __future__ import annotations

import contextlib
import json
import resource
import sys

from chassis.attachments import PDF, FileRefused, FileTooComplex, FileTypeRefused, recognise

MEMORY = 768 * 1024 * 1024
"""Address space, libraries included: some 300 MB of it are only reserved."""
PROCESSOR_SECONDS = 3


def confine() -> None:
    """Give back what is not needed. Where the system knows a limit by another name, the others still hold."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))


def keep(data: bytes) -> bytes:
    """What is kept of the file (nothing: all of it, as it is); raises the refusal."""
    media_type = recognise(data)
    if media_type is None:
        raise FileTypeRefused
    if media_type == PDF:
        from chassis.attachments import documents

        documents.check(data)
        return b""
    from chassis.attachments import images

    return images.clean(data, media_type)


def main() -> int:
    """Read, judge, write."""
    confine()
    data, kept, refused = sys.stdin.buffer.read(), b"", None
    try:
        kept = keep(data)
    except FileRefused as error:
        refused = type(error).reason
    except MemoryError:
        refused = FileTooComplex.reason
    sys.stdout.buffer.write(json.dumps({"refused": refused}).encode() + b"\n" + kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
