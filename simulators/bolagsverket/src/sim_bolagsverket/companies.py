"""The data set: fictitious companies and who may sign for them. No real body or person.

Organisation numbers are of the series 552000-0xxx (companies), 892000-0xxx (associations) and
992000-0xxx (partnerships). They have a correct check digit and shape, but Bolagsverket hands out
556 and 559 to limited companies, so they belong to nobody. The people are the personal numbers that
Skatteverket and tool makers publish for tests; the names are those of the BankID simulator, so
that one person has one name in both.
"""

from dataclasses import dataclass
from typing import Literal

Alternative = Literal["ENSAM", "TILLSAMMANS", "LOPANDE"]
Status = Literal["ACTIVE", "DEREGISTERED", "BANKRUPT"]

FORMS = {"AB": "aktiebolag", "E": "enskild näringsverksamhet", "HB": "handelsbolag"}
ROLES = {
    "LE": "Styrelseledamot",
    "OF": "Ordförande",
    "SU": "Suppleant",
    "VD": "Verkställande direktör",
    "EVD": "Extern verkställande direktör",
    "EFT": "Extern firmatecknare",
    "IN": "Enskild näringsidkare",
    "BO": "Bolagsman",
    "LI": "Likvidator",
    "REV": "Revisor",
}


@dataclass(frozen=True)
class Person:
    """Somebody the register knows. `number` has 12 digits."""

    number: str
    given: str
    family: str


@dataclass(frozen=True)
class Officer:
    """A person with roles in a company. Being listed gives no right to sign."""

    person: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """`count` of `persons` sign: alone (ENSAM), jointly (TILLSAMMANS), or day to day (LOPANDE)."""

    alternative: Alternative
    persons: tuple[str, ...]
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Company:
    """One registration. A sole trader's number may hold several, told apart by `serial`.

    `rules` come on top of "the board together", which the law always allows. `down` makes
    the register answer 503 for this number only.
    """

    number: str
    name: str
    form: str = "AB"
    serial: int = 1
    status: Status = "ACTIVE"
    status_date: str = "2024-03-01"
    officers: tuple[Officer, ...] = ()
    rules: tuple[Rule, ...] = ()
    pending_cases: int = 0
    down: bool = False
    registered: str = "2015-05-04"
    municipality: tuple[str, str] = ("9999", "Exempelköping")
    activity: str = "Fictitious company of the development register."

    @property
    def board(self) -> tuple[str, ...]:
        """Personal numbers of the members (not the deputies) of the board."""
        return tuple(officer.person for officer in self.officers if "LE" in officer.roles)

    def signing_rules(self) -> tuple[Rule, ...]:
        """Every way this company can be signed for; none when it is not active."""
        if self.status != "ACTIVE":
            return ()
        board = self.board
        by_law: tuple[Rule, ...] = ()
        if board:
            together: Alternative = "ENSAM" if len(board) == 1 else "TILLSAMMANS"
            by_law = (Rule(together, board, len(board)),)
        return tuple(dict.fromkeys(by_law + self.rules))


TOLVAN = Person("191212121212", "Tolvan", "Tolvansson")
GUNVOR = Person("194408139089", "Gunvor", "Test Ahlström")
ERIK = Person("199006022397", "Erik", "Test Lindqvist")
ASA = Person("199107172380", "Åsa", "Test Öberg")
SARA = Person("199610202385", "Sara", "Test Nyström")
MARTA = Person("199312172381", "Märta", "Test Sjögren")
EBBA = Person("200001052380", "Ebba", "Test Håkansson")
KARIN = Person("199908072391", "Karin", "Test Persson")
LINNEA = Person("200001012384", "Linnéa", "Test Åkerlund")

PERSONS: tuple[Person, ...] = (TOLVAN, GUNVOR, ERIK, ASA, SARA, MARTA, EBBA, KARIN, LINNEA)

ALONE = "5520000018"
TWO_TOGETHER = "5520000026"
MANAGING_DIRECTOR = "5520000034"
DEPUTY_AND_AUDITOR = "5520000042"
DEREGISTERED = "5520000059"
BANKRUPT = "5520000067"
PENDING_CASE = "5520000075"
PARTNERSHIP = "9920000016"
SOLE_TRADER = KARIN.number
SOLE_TRADER_TWO_FIRMS = LINNEA.number
ASSOCIATION_NOT_IN_REGISTER = "8920000018"
"""An association's number, well formed and in no register here: the paper fullmakt's way (D13)."""

COMPANIES: tuple[Company, ...] = (
    Company(
        number=ALONE,
        name="Granbackens Energi AB",
        officers=(Officer(TOLVAN.number, ("LE",)), Officer(GUNVOR.number, ("SU",))),
    ),
    Company(
        number=TWO_TOGETHER,
        name="Norrskogens Fastigheter AB",
        officers=(Officer(ERIK.number, ("LE", "OF")), Officer(ASA.number, ("LE",))),
        rules=(Rule("TILLSAMMANS", (ERIK.number, ASA.number), 2),),
    ),
    Company(
        number=MANAGING_DIRECTOR,
        name="Björkdalens Redovisning AB",
        officers=(
            Officer(SARA.number, ("LE", "OF")),
            Officer(MARTA.number, ("LE",)),
            Officer(EBBA.number, ("EVD",)),
        ),
        rules=(Rule("LOPANDE", (EBBA.number,)),),
    ),
    Company(
        number=DEPUTY_AND_AUDITOR,
        name="Lindvalla Bageri AB",
        officers=(
            Officer(KARIN.number, ("LE",)),
            Officer(LINNEA.number, ("SU",)),
            Officer(GUNVOR.number, ("REV",)),
        ),
    ),
    Company(
        number=DEREGISTERED,
        name="Nedlagda Kvarnen AB",
        status="DEREGISTERED",
        officers=(Officer(TOLVAN.number, ("LE",)),),
    ),
    Company(
        number=BANKRUPT,
        name="Tomma Lådans Bygg AB",
        status="BANKRUPT",
        officers=(Officer(ERIK.number, ("LE",)),),
    ),
    Company(
        number=PENDING_CASE,
        name="Väntans Vatten AB",
        pending_cases=1,
        officers=(Officer(ASA.number, ("LE",)), Officer(SARA.number, ("SU",))),
    ),
    Company(
        number=PARTNERSHIP,
        name="Två Ekorrar Handelsbolag",
        form="HB",
        officers=(Officer(MARTA.number, ("BO",)), Officer(EBBA.number, ("BO",))),
        rules=(Rule("ENSAM", (MARTA.number, EBBA.number)),),
    ),
    Company(
        number=SOLE_TRADER,
        name="Perssons Snickeri",
        form="E",
        officers=(Officer(KARIN.number, ("IN",)),),
        rules=(Rule("ENSAM", (KARIN.number,)),),
    ),
    Company(
        number=SOLE_TRADER_TWO_FIRMS,
        name="Åkerlunds Keramik",
        form="E",
        officers=(Officer(LINNEA.number, ("IN",)),),
        rules=(Rule("ENSAM", (LINNEA.number,)),),
    ),
    Company(
        number=SOLE_TRADER_TWO_FIRMS,
        serial=2,
        name="Åkerlunds Kafé",
        form="E",
        status="DEREGISTERED",
        officers=(Officer(LINNEA.number, ("IN",)),),
        rules=(Rule("ENSAM", (LINNEA.number,)),),
    ),
)
