"""C38: every form in which a personal number or an address could have got out, and every place to look for it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

import psycopg
from tests.conftest import Suite

START = 10
"""Bytes; what is shorter could stand somewhere by chance."""


@dataclass(frozen=True)
class Needle:
    """One form of one secret."""

    secret: str
    form: str
    text: bytes


def personal_number(number: str) -> list[Needle]:
    """The 12 digits in every form: 10 digits, separators, encodings, hashes without a key."""
    ten = number[2:]
    plain = {
        "12 digits": number,
        "12 digits with hyphen": f"{number[:8]}-{number[8:]}",
        "12 digits as a date": f"{number[:4]}-{number[4:6]}-{number[6:8]}-{number[8:]}",
        "12 digits with space": f"{number[:8]} {number[8:]}",
        "12 digits with plus": f"{number[:8]}+{number[8:]}",
        "10 digits": ten,
        "10 digits with hyphen": f"{ten[:6]}-{ten[6:]}",
        "10 digits with space": f"{ten[:6]} {ten[6:]}",
        "10 digits with plus": f"{ten[:6]}+{ten[6:]}",
        "organisation number with 16": f"16{ten}",
    }
    return list(forms(number, plain))


def contact(value: str) -> list[Needle]:
    """An e-mail address or telephone number in every form."""
    plain = {"as it is": value, "lower case": value.lower()}
    if value.startswith("+46"):
        local = f"0{value[3:]}"
        plain |= {"national": local, "national with hyphen": f"{local[:3]}-{local[3:]}", "0046": f"0046{value[3:]}"}
    return list(forms(value, plain))


def forms(secret: str, plain: dict[str, str]) -> Iterator[Needle]:
    """The plain forms, and what encodings and hashes without a key make of each."""
    seen = set()
    for name, text in plain.items():
        raw = text.encode()
        found = {
            name: raw,
            f"{name}, reversed": raw[::-1],
            f"{name}, hexadecimal": raw.hex().encode(),
            f"{name}, URL-encoded": quote(text, safe="").encode(),
            f"{name}, URL-encoded to the last letter": "".join(f"%{byte:02X}" for byte in raw).encode(),
            f"{name}, UTF-16": text.encode("utf-16-le"),
        }
        # In base64 of a longer text it starts at one of three places; the ends depend on the neighbours.
        for shift in range(3):
            whole = base64.b64encode(b"\x00" * shift + raw)
            found[f"{name}, base64 at {shift}"] = whole[
                (0, 2, 3)[shift] : len(whole) - 4 if whole.endswith(b"=") else None
            ]
        for algorithm in ("sha256", "sha1", "md5", "sha512"):
            digest = hashlib.new(algorithm, raw, usedforsecurity=False)
            found[f"{name}, {algorithm}"] = digest.hexdigest().encode()
            found[f"{name}, {algorithm}, bytes"] = digest.digest()
            found[f"{name}, {algorithm}, base64"] = base64.b64encode(digest.digest()).rstrip(b"=")
            found[f"{name}, {algorithm}, base64url"] = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=")
        for form, needle in found.items():
            if needle not in seen and len(needle) >= START:
                seen.add(needle)
                yield Needle(secret, form, needle)


class Scanner:
    """Looks for all needles at once: by their first bytes at every position, so that their number costs nothing."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        self._by_start: dict[bytes, list[Needle]] = {}
        for needle in needles:
            self._by_start.setdefault(needle.text[:START], []).append(needle)

    def hits(self, where: str, data: bytes) -> list[str]:
        """One line for each form found: where, which form, of whose secret (its last four characters)."""
        starts = self._by_start.keys()
        if starts.isdisjoint(map(data.__getitem__, map(slice, range(len(data)), range(START, len(data) + START)))):
            return []
        found = {needle for needles in self._by_start.values() for needle in needles if needle.text in data}
        return sorted(f"{where}: {needle.form} of …{needle.secret[-4:]}" for needle in found)


def dump(suite: Suite, service: str) -> Iterator[tuple[str, bytes]]:
    """Every row of every table of a service's database: as text, and each bytea as its bytes."""
    with psycopg.connect(suite.planner.servers.database_url(service), autocommit=True) as connection:
        tables = connection.execute(
            "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.oid FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'"
        ).fetchall()
        for table, oid in tables:
            text = connection.execute(f"SELECT string_agg(t::text, E'\\n') FROM {table} t").fetchone()  # noqa: S608
            yield f"{service}.{table}", ((text and text[0]) or "").encode()
            columns = connection.execute(
                "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s AND atttypid = 'bytea'::regtype"
                " AND attnum > 0 AND NOT attisdropped",
                [oid],
            ).fetchall()
            for (column,) in columns:
                rows = connection.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
                yield f"{service}.{table}.{column}", b"\n".join(bytes(value) for (value,) in rows)


def logs(suite: Suite) -> Iterator[tuple[str, bytes]]:
    """Every log file of the suite: one per process, and nginx's own."""
    layout = suite.planner.layout
    for path in sorted([*layout.log.iterdir(), *(layout.nginx / "logs").iterdir()]):
        yield f"log {path.name}", path.read_bytes()


__all__ = ["Needle", "Scanner", "contact", "dump", "logs", "personal_number"]
