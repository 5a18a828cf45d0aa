"""Client of `/control/` for journeys, failure tests and demonstrations. Standard library only."""

from collections.abc import Sequence
from typing import Any, Literal

from sim_common.client import ControlClient, ControlError, HttpFaultClient, Json

__all__ = ["Control", "ControlError", "FaultControl", "Status"]

Status = Literal["ACTIVE", "DEREGISTERED", "BANKRUPT"]


class Control(ControlClient):
    """`Control("http://127.0.0.1:8082")`. Every change lasts until `reset()`."""

    def __init__(self, base_url: str, *, timeout: float = 5.0) -> None:
        super().__init__(base_url, timeout=timeout)
        self.faults = FaultControl(self)

    def reset(self) -> None:
        """Back to the data set: no faults, no tokens, no calls."""
        self.call("POST", "/control/reset")

    def calls(self, path_part: str = "") -> list[Json]:
        """Calls made (path, body, request_id, status, fault), oldest first."""
        made = self.call("GET", "/control/calls")["calls"]
        return [call for call in made if path_part in call["path"]]

    def forget_calls(self) -> None:
        """Start the list of calls anew."""
        self.call("DELETE", "/control/calls")

    def companies(self) -> list[Json]:
        """All registrations as they are now."""
        return list(self.call("GET", "/control/companies")["companies"])

    def put_company(self, number: str, **fields: Any) -> None:
        """Add or replace a company: name=, form=, officers=[{person, roles}], rules=[...], ..."""
        self.call("PUT", f"/control/companies/{number}", fields)

    def set_status(self, number: str, status: Status) -> None:
        """Deregister, bankrupt or revive a company."""
        self.call("PATCH", f"/control/companies/{number}", {"status": status})

    def set_pending_cases(self, number: str, antal: int) -> None:
        """Set `inneliggandeArenden.antal`."""
        self.call("PATCH", f"/control/companies/{number}", {"pending_cases": antal})

    def take_down(self, number: str, *, down: bool = True) -> None:
        """Questions about this company are answered 503 (D11); others go on."""
        self.call("PATCH", f"/control/companies/{number}", {"down": down})

    def set_rules(self, number: str, rules: Sequence[Json]) -> None:
        """Replace the signing rules: [{"alternative": "ENSAM", "persons": [...], "count": 1}]."""
        self.call("PUT", f"/control/companies/{number}/rules", {"rules": list(rules)})

    def put_officer(
        self, number: str, person: str, roles: Sequence[str], *, name: tuple[str, str] | None = None
    ) -> None:
        """List a person with roles (LE, OF, SU, VD, EVD, EFT, REV ...); `name` is given, family."""
        body: Json = {"roles": list(roles)}
        if name:
            body |= {"given": name[0], "family": name[1]}
        self.call("PUT", f"/control/companies/{number}/officers/{person}", body)

    def remove_officer(self, number: str, person: str) -> None:
        """The person no longer signs for, or belongs to, the company (D12)."""
        self.call("DELETE", f"/control/companies/{number}/officers/{person}")

    def expire_tokens(self) -> None:
        """Every token issued so far is refused with 401 from now on."""
        self.call("PATCH", "/control/access", {"expire_tokens": True})

    def set_token_seconds(self, seconds: int) -> None:
        """Life of the tokens issued from now on."""
        self.call("PATCH", "/control/access", {"token_seconds": seconds})

    def set_subscribed(self, *, subscribed: bool) -> None:
        """False: the gateway answers 403 with code 900908."""
        self.call("PATCH", "/control/access", {"subscribed": subscribed})


class FaultControl(HttpFaultClient):
    """Trouble for the next `count` calls (None: until `clear()`) to paths that start with `path`.

    `path` is "/foretagsinformation/" unless told; "/oauth2/" troubles the tokens, "/" both. `status` takes
    `retry_after=` seconds, which adds the header.
    """
