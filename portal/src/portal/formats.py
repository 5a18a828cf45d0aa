"""Dates, numbers and money as people write them, in Swedish and English; instants in Swedish local time."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 - a format is called date, too
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, get_month_names
from babel.numbers import format_decimal

ZONE = ZoneInfo("Europe/Stockholm")
LOCALES = {"sv": Locale("sv", "SE"), "en": Locale("en", "GB")}
NO_BREAK = "\N{NO-BREAK SPACE}"


class Formats:
    """All formats in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = LOCALES[language]

    def money(self, ore: int) -> str:
        """Öre as ``1 234,50 kr`` or ``1,234.50 kr``."""
        amount = format_decimal(Decimal(ore) / 100, format="#,##0.00", locale=self.locale)
        return f"{amount}{NO_BREAK}kr"

    def kronor(self, ore: int) -> str:
        """Öre as whole kronor, for charts and overviews."""
        return f"{self.number(round(Decimal(ore) / 100))}{NO_BREAK}kr"

    def number(self, value: float | Decimal | str, unit: str = "", digits: int = 3) -> str:
        """A number with at most ``digits`` decimals, and its unit."""
        text = format_decimal(Decimal(str(value)), format="#,##0." + "#" * digits, locale=self.locale)
        return f"{text}{NO_BREAK}{unit}" if unit else text

    def percent(self, share: float) -> str:
        """0.25 as ``25 %``."""
        return f"{self.number(round(share * 100))}{NO_BREAK}%"

    def date(self, value: str | Date) -> str:
        """``5 mars 2026``."""
        return format_date(_date(value), format="d MMMM y", locale=self.locale)

    def day(self, value: str | Date) -> str:
        """``2026-03-05``: for tables, in both languages."""
        return _date(value).isoformat()

    def month(self, value: str | Date) -> str:
        """``mars 2026``."""
        return format_date(_date(value), format="MMMM y", locale=self.locale)

    def month_name(self, number: int, *, short: bool = False) -> str:
        """``mars``, or ``mars`` / ``Mar`` as short as the language has it; 1 is January."""
        name: str = get_month_names("abbreviated" if short else "wide", locale=self.locale)[number]
        return name.rstrip(".")

    def period(self, first: str | Date, last: str | Date) -> str:
        """``januari 2026`` for a whole month, else ``1 jan-15 feb 2026``."""
        begin, end = _date(first), _date(last)
        if begin.day == 1 and begin.month == end.month and begin.year == end.year and end.day >= 28:  # noqa: PLR2004
            return self.month(begin)
        style = "d MMM" if begin.year == end.year else "d MMM y"
        left = format_date(begin, format=style, locale=self.locale)
        return f"{left} – {format_date(end, format='d MMM y', locale=self.locale)}"  # noqa: RUF001 - an en dash is meant

    def moment(self, value: str | datetime) -> str:
        """``5 mars 2026 kl. 14:05``, Swedish time."""
        instant = _instant(value)
        at = "kl." if self.language == "sv" else "at"
        return f"{format_datetime(instant, 'd MMMM y', locale=self.locale)} {at}{NO_BREAK}{self.time(instant)}"

    def time(self, value: str | datetime) -> str:
        """``14:05``, Swedish time."""
        return format_time(_instant(value), "HH:mm", locale=self.locale)

    def iso(self, value: str | Date | datetime) -> str:
        """For the ``datetime`` attribute of ``<time>``."""
        return value if isinstance(value, str) else value.isoformat()


def _date(value: str | Date) -> Date:
    if isinstance(value, datetime):
        return value.astimezone(ZONE).date()
    if isinstance(value, Date):
        return value
    return _instant(value).date() if "T" in value else Date.fromisoformat(value)


def _instant(value: str | datetime) -> datetime:
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return instant.astimezone(ZONE)


__all__ = ["ZONE", "Formats"]
