"""What an export looks like: a ZIP with a folder per service, and a page that a person can read. No scripts in it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")
README = """\
Dina uppgifter från Mina sidor / Your data from Mina sidor
===========================================================

Hämtade / collected: {at}

SVENSKA
Öppna index.html i en webbläsare för att läsa allt på en sida. Samma uppgifter finns som JSON (UTF-8), en mapp per del
av Mina sidor, så att du kan flytta dem till en annan tjänst. Enheten står i fältets namn: _ore är öre, _m3 är
kubikmeter, _at är en tidpunkt (UTC), _on är ett datum. Andra personers namn och adresser ingår inte; adressen till en
inbjuden är maskerad. Handlingar som du har laddat upp hämtar du på Mina sidor. Förvara filen så att ingen annan kommer
åt den.

ENGLISH
Open index.html in a browser to read everything on one page. The same data is there as JSON (UTF-8), one folder
for each part of Mina sidor, so that you can take it to another service. The unit is part of a field's name:
_ore is öre, a hundredth of a krona, _m3 is cubic metres, _at is an instant (UTC), _on is a date. Names and
addresses of other people are not included; the address of somebody invited is masked. Documents that you
uploaded are fetched in Mina sidor. Keep the file where nobody else can reach it.
{missing}"""
MISSING = """
OBS / NOTE
Dessa delar svarade inte i tid och saknas / these parts did not answer in time and are missing: {names}
"""
STYLE = (
    "body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem}th,td{border:1px solid #767676;padding:.25rem .5rem;"
    "text-align:left;vertical-align:top}caption{text-align:left}.en{color:#4d4d4d;font-size:.9em}"
    "section{border-top:2px solid #1a1a1a;margin-top:2rem}"
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
NAMES = {
    "identity": ("Du och dina inloggningar", "You and your logins"),
    "org-registry": ("Konton och behörigheter", "Accounts and access rights"),
    "invitations": ("Inbjudningar", "Invitations"),
    "billing": ("Avtal, fakturor och betalningar", "Agreements, invoices and payments"),
    "metering": ("Mätare och avläsningar", "Meters and readings"),
    "notify": ("Meddelanden", "Notices"),
    "cases": ("Ärenden", "Cases"),
    "orders": ("Beställningar", "Orders"),
    "activity": ("Händelser", "Activity"),
}
"""Headings; a service that is not here is named as it is."""
DEEPEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One service's document: ``{"files": [{"name", "title": {"sv", "en"}, "content"}]}``."""

    service: str
    files: Sequence[Mapping[str, Any]]


def pack(parts: Sequence[Part], *, at: datetime, missing: Sequence[str]) -> bytes:
    """The ZIP. The same parts make the same bytes, in whatever order they are given."""
    ordered = sorted(parts, key=lambda part: part.service)
    written: list[tuple[str, str]] = [
        ("index.html", page(ordered, at=at, missing=missing)),
        ("README.txt", README.format(at=_when(at), missing=_missing(missing))),
    ]
    for part in ordered:
        for file in part.files:
            content = json.dumps(file["content"], ensure_ascii=False, indent=2) + "\n"
            written.append((f"{part.service}/{file['name']}.json", content))
    out = io.BytesIO()
    moment = at.astimezone(SWEDEN).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in written:
            entry = zipfile.ZipInfo(name, date_time=moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, text.encode())
    return out.getvalue()


def page(parts: Sequence[Part], *, at: datetime, missing: Sequence[str]) -> str:
    """``index.html``: Swedish first, English beside it; everything from outside is escaped."""
    contents = "".join(
        f'<li><a href="#{escape(part.service)}">{_both(*_name(part.service))}</a></li>' for part in parts
    )
    notice = f"<p role='note'><strong>{escape(_missing(missing).strip())}</strong></p>" if missing else ""
    sections = "".join(_section(part) for part in parts)
    return (
        '<!DOCTYPE html><html lang="sv"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Mina uppgifter</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{_both('Mina uppgifter', 'My data')}</h1>"
        f"<p>{_both('Hämtade ' + _when(at), 'Collected ' + _when(at))}</p>{notice}"
        f"<nav aria-label='Innehåll'><ul>{contents}</ul></nav>{sections}</main></body></html>\n"
    )


def _section(part: Part) -> str:
    files = "".join(
        f"<h3>{_both(file['title']['sv'], file['title']['en'])}</h3>"
        f"<p class='en'>{escape(part.service)}/{escape(file['name'])}.json</p>{_value(file['content'])}"
        for file in part.files
    )
    return f'<section id="{escape(part.service)}"><h2>{_both(*_name(part.service))}</h2>{files}</section>'


def _value(value: Any, depth: int = 0) -> str:  # noqa: PLR0911 - one case per kind
    match value:
        case None:
            return "-"
        case bool():
            return "ja / yes" if value else "nej / no"
        case [] | {}:
            return "<p>Ingenting. <span class='en' lang='en'>Nothing.</span></p>"
        case _ if depth >= DEEPEST:
            return escape(json.dumps(value, ensure_ascii=False))
        case dict():
            rows = "".join(
                f"<tr><th scope='row'>{_label(name)}</th><td>{_value(one, depth + 1)}</td></tr>"
                for name, one in value.items()
            )
            return f"<table>{rows}</table>"
        case list() if all(isinstance(one, dict) for one in value):
            names = list(dict.fromkeys(name for one in value for name in one))
            head = "".join(f"<th scope='col'>{_label(name)}</th>" for name in names)
            rows = "".join(
                "<tr>" + "".join(f"<td>{_value(one.get(name), depth + 1)}</td>" for name in names) + "</tr>"
                for one in value
            )
            return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        case list():
            return "<ul>" + "".join(f"<li>{_value(one, depth + 1)}</li>" for one in value) + "</ul>"
    return escape(str(value))


def _label(name: str) -> str:
    return escape(name.replace("_", " "))


def _both(sv: str, en: str) -> str:
    return f"{escape(sv)} <span class='en' lang='en'>{escape(en)}</span>"


def _name(service: str) -> tuple[str, str]:
    return NAMES.get(service, (service, service))


def _when(at: datetime) -> str:
    return at.astimezone(SWEDEN).strftime("%Y-%m-%d %H:%M")


def _missing(names: Sequence[str]) -> str:
    return MISSING.format(names=", ".join(names)) if names else ""
