"""The data set: the published test persons, with addresses that do not exist.

Numbers and family names are those of the BankID simulator; the register knows more given names, as registers do.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["Folkbokforingsadress", "SarskildPostadress", "Utlandsadress", "Kontaktadress"]
SINCE, FOR_EVER = "2019-12-02", "9999-12-31"
DEAD = "AV"


@dataclass(frozen=True, kw_only=True)
class Address:
    """One address. Swedish unless `country` is given; a short street stands in `line2`, as in SPAR."""

    kind: Kind = "Folkbokforingsadress"
    care_of: str | None = None
    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    postal_code: str | None = None
    town: str | None = None
    country: str | None = None
    since: str = SINCE
    until: str = FOR_EVER


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody in the register. `called`: which given names are used, as SPAR's code (20: the second)."""

    number: str
    given: str
    family: str
    middle: str | None = None
    called: int | None = None
    addresses: tuple[Address, ...] = ()
    secrecy: bool = False
    """Sekretessmarkering."""
    protected_registration: bool = False
    """Skyddad folkbokföring; SPAR sets the other mark too, and says so."""
    deregistered: str | None = None
    """AV dead, UV emigrated, GN another number ..."""
    deregistered_on: str = "2026-01-15"

    @property
    def is_protected(self) -> bool:
        """Whether name and address have been taken out of SPAR."""
        return self.secrecy or self.protected_registration


def _person(number: str, given: str, family: str, street: str, place: str, **more: object) -> Person:
    code, _, town = place.partition(" ")
    home = Address(line2=street, postal_code=code, town=town)
    return Person(number=number, given=given, family=family, addresses=(home,), **more)  # type: ignore[arg-type] # fields of Person


PERSONS: tuple[Person, ...] = (
    _person("191212121212", "Tolvan", "Tolvansson", "Tolvgatan 12", "58212 LINKÖPING"),
    _person("199908072391", "Karin Elisabet", "Persson", "Provgränd 3 lgh 1102", "58223 LINKÖPING", middle="Test"),
    _person("199006022397", "Erik", "Lindqvist", "Mönstervägen 44", "59540 MJÖLBY", middle="Test"),
    _person("199107172380", "Anna Åsa", "Öberg", "Påhittsvägen 8", "58330 LINKÖPING", middle="Test", called=20),
    _person("199610202385", "Sara", "Nyström", "Låtsasgatan 21", "58437 LINKÖPING", middle="Test"),
    _person("199312172381", "Märta", "Sjögren", "Sagostigen 5", "59136 MOTALA", middle="Test"),
    _person("200001052380", "Ebba", "Håkansson", "Fantasiplan 1", "60220 NORRKÖPING", middle="Test"),
    _person("194408139089", "Gunvor", "Ahlström", "Minnesgatan 70", "58248 LINKÖPING", middle="Test"),
    _person("200001012384", "Linnéa", "Åkerlund", "Drömtorget 2", "61130 NYKÖPING", middle="Test"),
    _person("201001192382", "Moa", "Björk", "Sagostigen 5", "59136 MOTALA", middle="Test"),
)
