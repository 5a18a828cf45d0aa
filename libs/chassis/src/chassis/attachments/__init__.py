"""Files from people: what they are by their bytes, whether they may be kept, and what is kept of them (D19, C24-C26).

A hostile file is read by a child process with little memory, little time and none of our settings: a parser's fault or
a bomb ends the child, not the service. An image comes back without metadata (a phone writes where it was) and without
anything after its end, so that it is an image and nothing else. A PDF comes back as it was, or is refused.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import ClassVar

from chassis.errors import Invalid, Unavailable

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
MEDIA_TYPES = (PDF, JPEG, PNG)
EXTENSIONS = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
MAX_BYTES = 10 * 1024 * 1024
SIGNATURES = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))
SECONDS = 8.0
"""How long the child may take on a busy machine; its processor time is limited much harder."""


class FileRefused(Invalid):
    """Base of the refusals below."""

    code = "file-refused"
    reason: ClassVar[str] = ""
    sv = ("Filen tas inte emot", "Välj en annan fil av typen PDF, JPG eller PNG.")
    en = ("The file is not accepted", "Choose another file of the type PDF, JPG or PNG.")


class FileEmpty(FileRefused):
    """No bytes."""

    code = "file-empty"
    reason = "empty"
    sv = ("Filen är tom", "Välj filen igen och kontrollera att den går att öppna.")
    en = ("The file is empty", "Choose the file again and check that it can be opened.")


class FileTypeRefused(FileRefused):
    """Not one of the three; by the bytes, whatever the sender calls it."""

    code = "file-type-refused"
    reason = "type"
    sv = ("Filtypen tas inte emot", "Skicka en fil av typen PDF, JPG eller PNG.")
    en = ("The file type is not accepted", "Send a file of the type PDF, JPG or PNG.")


class FileTypeMismatch(FileRefused):
    """The bytes are of another type than the one it was sent as."""

    code = "file-type-mismatch"
    reason = "mismatch"
    sv = ("Filen är av en annan typ", "Filens innehåll stämmer inte med dess typ. Spara den på nytt och försök igen.")
    en = ("The file is of another type", "The content does not match the type of the file. Save it anew and try again.")


class FileDamaged(FileRefused):
    """It cannot be read to its end."""

    code = "file-damaged"
    reason = "damaged"
    sv = ("Filen går inte att läsa", "Filen är skadad. Skanna eller fotografera dokumentet på nytt.")
    en = ("The file cannot be read", "The file is damaged. Scan or photograph the document again.")


class FileEncrypted(FileRefused):
    """A PDF that asks for a password."""

    code = "file-encrypted"
    reason = "encrypted"
    sv = ("Filen är låst", "Filen är skyddad med lösenord. Spara den utan lösenord och skicka den igen.")
    en = ("The file is locked", "The file is protected by a password. Save it without one and send it again.")


class FileActive(FileRefused):
    """A PDF with scripts, attachments or actions that start something."""

    code = "file-active-content"
    reason = "active"
    sv = (
        "Filen innehåller program",
        "Filen innehåller skript eller bilagor. Skriv ut den till en ny PDF och skicka den.",
    )
    en = (
        "The file contains a program",
        "The file contains scripts or attachments. Print it to a new PDF and send that.",
    )


class FileTooComplex(FileRefused):
    """A bomb, or as large as one once unpacked."""

    code = "file-too-complex"
    reason = "complex"
    sv = ("Filen är för stor uppackad", "Bilden eller dokumentet är för stort. Skicka det i lägre upplösning.")
    en = ("The file is too large unpacked", "The image or document is too large. Send it in a lower resolution.")


REFUSALS: dict[str, type[FileRefused]] = {
    cls.reason: cls
    for cls in (
        FileEmpty,
        FileTypeRefused,
        FileTypeMismatch,
        FileDamaged,
        FileEncrypted,
        FileActive,
        FileTooComplex,
    )
}


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that may be kept: its true type, and the bytes to keep."""

    media_type: str
    data: bytes = field(repr=False)


def recognise(data: bytes) -> str | None:
    """The media type by the first bytes; None for anything else, also where the signature only comes later."""
    return next((media_type for signature, media_type in SIGNATURES if data.startswith(signature)), None)


def examine(data: bytes, *, claimed: str) -> Attachment:
    """Look into a file that was sent as ``claimed``; raises the refusal that fits.

    Takes a process of its own for some tenths of a second: call it before the transaction (``prepare=``).
    """
    if not data:
        raise FileEmpty
    media_type = recognise(data)
    if media_type is None:
        raise FileTypeRefused
    if media_type != claimed:
        raise FileTypeMismatch
    return Attachment(media_type=media_type, data=_examined(data))


def _examined(data: bytes) -> bytes:
    # The child gets our import path and nothing else of the environment: no key, no password.
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        child = subprocess.run(
            [sys.executable, "-m", "chassis.attachments"],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FileTooComplex from None
    except OSError as error:
        raise Unavailable from error
    head, newline, kept = child.stdout.partition(b"\n")
    if child.returncode < 0 or not newline:
        raise FileTooComplex  # its memory or its time was over
    refused = json.loads(head)["refused"]
    if refused is not None:
        raise REFUSALS[refused]
    return kept or data


__all__ = ["EXTENSIONS", "MAX_BYTES", "MEDIA_TYPES", "Attachment", "FileRefused", "examine", "recognise"]
