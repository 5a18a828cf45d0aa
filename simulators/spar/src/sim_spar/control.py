"""Client of `/control/` for journeys, failure tests and demonstrations. Standard library only."""

from typing import Any

from sim_common.client import ControlClient, ControlError, HttpFaultClient, Json

__all__ = ["Control", "ControlError", "FaultControl"]


class Control(ControlClient):
    """`Control("http://127.0.0.1:8087")`. Every change lasts until `reset()`."""

    def __init__(self, base_url: str, *, timeout: float = 5.0) -> None:
        super().__init__(base_url, timeout=timeout)
        self.faults = FaultControl(self)

    def reset(self) -> None:
        """Back to the data set: no faults, no calls."""
        self.call("POST", "/control/reset")

    def calls(self, number: str | None = None) -> list[Json]:
        """Questions asked (number, user, status, fault), oldest first; about one person where `number` is given."""
        made = self.call("GET", "/control/calls")["calls"]
        return [call for call in made if number in (None, call["number"])]

    def forget_calls(self) -> None:
        """Start the list of calls anew."""
        self.call("DELETE", "/control/calls")

    def persons(self) -> list[Json]:
        """Everybody as they are now."""
        return list(self.call("GET", "/control/persons")["persons"])

    def put_person(self, number: str, **fields: Any) -> None:
        """Add or replace a person: given=, family=, addresses=[{line2, postal_code, town}], ..."""
        self.call("PUT", f"/control/persons/{number}", fields)

    def change(self, number: str, **fields: Any) -> None:
        """Change fields of a person."""
        self.call("PATCH", f"/control/persons/{number}", fields)

    def remove_person(self, number: str) -> None:
        """The register no longer knows the number."""
        self.call("DELETE", f"/control/persons/{number}")

    def protect(self, number: str, *, secrecy: bool = True, registration: bool = False) -> None:
        """Set Sekretessmarkering and Skyddad folkbokföring; both False lifts them."""
        self.change(number, secrecy=secrecy, protected_registration=registration)

    def move(self, number: str, street: str, postal_code: str, town: str) -> None:
        """The person moves; the address until now is history."""
        [before] = [person["addresses"] for person in self.persons() if person["number"] == number]
        old = [{**address, "until": "2026-11-01"} for address in before if address["kind"] == "Folkbokforingsadress"]
        new = {"line2": street, "postal_code": postal_code, "town": town, "since": "2026-11-01"}
        self.change(number, addresses=[*old, new])

    def die(self, number: str) -> None:
        """The person is dead: the register has no address any more."""
        self.change(number, deregistered="AV")

    def set_history(self, *, history: bool) -> None:
        """True: answers have dates, and what was before."""
        self.call("PATCH", "/control/assignment", {"history": history})


class FaultControl(HttpFaultClient):
    """Trouble for the next `count` questions (None: until `clear()`)."""

    def soap_fault(self, **fields: Any) -> None:
        """500 with a SOAP fault."""
        self.add("soap-fault", **fields)

    def bomb(self, **fields: Any) -> None:
        """200 with entities within entities."""
        self.add("bomb", **fields)
