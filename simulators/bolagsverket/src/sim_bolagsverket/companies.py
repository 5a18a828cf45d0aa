"""The data set: fictitious companies and who may sign for them. No real body or person.

Organisation numbers are of the series 552000-0xxx (companies), 892000-0xxx (associations) and
992000-0xxx (partnerships). They have a correct check digit and shape, but Bolagsverket hands out
556 and 559 to limited companies, so they belong to nobody. The people are the personal numbers that
Skatteverket and tool makers publish for tests (domain-facts 4.4); the names are ours, except
Tolvan Tolvansson.
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
AGDA = Person("194408139089", "Agda", "Alm")
BO = Person("199006022397", "Bo", "Björk")
CECILIA = Person("199107172380", "Cecilia", "Ceder")
DISA = Person("199610202385", "Disa", "Dahl")
ELIN = Person("199312172381", "Elin", "Ek")
FIA = Person("200001052380", "Fia", "Fors")
GUSTAV = Person("199908072391", "Gustav", "Gran")
HEDDA = Person("200001012384", "Hedda", "Holm")

PERSONS: tuple[Person, ...] = (TOLVAN, AGDA, BO, CECILIA, DISA, ELIN, FIA, GUSTAV, HEDDA)

ALONE = "5520000018"
TWO_TOGETHER = "5520000026"
MANAGING_DIRECTOR = "5520000034"
DEPUTY_AND_AUDITOR = "5520000042"
DEREGISTERED = "5520000059"
BANKRUPT = "5520000067"
PENDING_CASE = "5520000075"
PARTNERSHIP = "9920000016"
SOLE_TRADER = GUSTAV.number
SOLE_TRADER_TWO_FIRMS = HEDDA.number
ASSOCIATION_NOT_IN_REGISTER = "8920000018"
"""An association's number, well formed and in no register here: the paper fullmakt's way (D13)."""

COMPANIES: tuple[Company, ...] = (
    Company(
        number=ALONE,
        name="Granbackens Energi AB",
        officers=(Officer(TOLVAN.number, ("LE",)), Officer(AGDA.number, ("SU",))),
    ),
    Company(
        number=TWO_TOGETHER,
        name="Norrskogens Fastigheter AB",
        officers=(Officer(BO.number, ("LE", "OF")), Officer(CECILIA.number, ("LE",))),
        rules=(Rule("TILLSAMMANS", (BO.number, CECILIA.number), 2),),
    ),
    Company(
        number=MANAGING_DIRECTOR,
        name="Björkdalens Redovisning AB",
        officers=(
            Officer(DISA.number, ("LE", "OF")),
            Officer(ELIN.number, ("LE",)),
            Officer(FIA.number, ("EVD",)),
        ),
        rules=(Rule("LOPANDE", (FIA.number,)),),
    ),
    Company(
        number=DEPUTY_AND_AUDITOR,
        name="Lindvalla Bageri AB",
        officers=(
            Officer(GUSTAV.number, ("LE",)),
            Officer(HEDDA.number, ("SU",)),
            Officer(AGDA.number, ("REV",)),
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
        officers=(Officer(BO.number, ("LE",)),),
    ),
    Company(
        number=PENDING_CASE,
        name="Väntans Vatten AB",
        pending_cases=1,
        officers=(Officer(CECILIA.number, ("LE",)), Officer(DISA.number, ("SU",))),
    ),
    Company(
        number=PARTNERSHIP,
        name="Två Ekorrar Handelsbolag",
        form="HB",
        officers=(Officer(ELIN.number, ("BO",)), Officer(FIA.number, ("BO",))),
        rules=(Rule("ENSAM", (ELIN.number, FIA.number)),),
    ),
    Company(
        number=SOLE_TRADER,
        name="Grans Snickeri",
        form="E",
        officers=(Officer(GUSTAV.number, ("IN",)),),
        rules=(Rule("ENSAM", (GUSTAV.number,)),),
    ),
    Company(
        number=SOLE_TRADER_TWO_FIRMS,
        name="Holms Keramik",
        form="E",
        officers=(Officer(HEDDA.number, ("IN",)),),
        rules=(Rule("ENSAM", (HEDDA.number,)),),
    ),
    Company(
        number=SOLE_TRADER_TWO_FIRMS,
        serial=2,
        name="Holms Kafé",
        form="E",
        status="DEREGISTERED",
        officers=(Officer(HEDDA.number, ("IN",)),),
        rules=(Rule("ENSAM", (HEDDA.number,)),),
    ),
)
