"""What a person does, step by step: log in with BankID, confirm, choose an account, read, report, invite.

The BankID app, the mailbox and the billing system are played through their simulators' control clients.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from runner.journey.gateway_client import Browser, until

LINK = re.compile(r"https?://\S+#(?P<token>[A-Za-z0-9_-]{20,})")


@dataclass(frozen=True)
class World:
    """Where everything is."""

    gateway_url: str
    bankid: Any
    bolagsverket: Any
    spar: Any
    postbox: Any
    billing_system: Any


class Citizen:
    """Somebody with a BankID and a browser."""

    def __init__(self, world: World, personal_number: str, *, email: str | None = None, language: str = "sv") -> None:
        self.world = world
        self.personal_number = personal_number
        self.email = email
        self.browser = Browser(world.gateway_url, language=language)
        self.session: dict[str, Any] = {}

    def log_in(self) -> dict[str, Any]:
        """BankID on another device: scan the animated QR code, identify, collect (T12)."""
        started = self.browser.post("/identity/v1/logins", {"device": "other"})
        path = f"/identity/v1/logins/{started['login_id']}/polls"
        order = self.world.bankid.scan(started["qr"], self.personal_number)
        self.world.bankid.approve(order)

        def finished() -> Any:
            answer = self.browser.post(path)
            if answer["status"] == "failed":
                message = f"the login failed: {answer['message']}"
                raise AssertionError(message)
            return answer.get("session") if answer["status"] == "complete" else None

        self._take(until("the login to complete", finished))
        return self.session

    def log_in_same_device(self) -> dict[str, Any]:
        """BankID on this device: start the app by its link, identify, come back with the nonce (T13)."""
        started = self.browser.post("/identity/v1/logins", {"device": "same"})
        login = f"/identity/v1/logins/{started['login_id']}"
        order = self.world.bankid.open(started["auto_start_token"], self.personal_number)
        self.world.bankid.approve(order)
        until("the order to be complete", lambda: self.browser.post(f"{login}/polls")["status"] != "pending")
        return_url = self.world.bankid.order(order)["returnUrl"]
        nonce = return_url.rsplit("=", 1)[1]
        self._take(self.browser.post(f"{login}/returns", {"nonce": nonce})["session"])
        return self.session

    def _take(self, session: dict[str, Any]) -> None:
        self.session = session
        self.browser.csrf_token = session["csrf_token"]
        self.browser.account_id = session.get("account_id")

    def register(self) -> None:
        """Confirm the registration and accept the terms (T14-T16)."""
        terms = self.browser.get("/identity/v1/terms")
        body = {"accept_terms": True, "terms_version": terms["version"]}
        if self.email:
            body["email"] = self.email
        self.browser.post("/identity/v1/registrations", body)

    def accounts(self) -> dict[str, Any]:
        """The accounts to choose from (T20), or why there are none (T18, T19)."""
        found: dict[str, Any] = self.browser.get("/org-registry/v1/accounts")
        return found

    def choose(self, account_id: str) -> None:
        """Act for this account from now on; the session gets a new id."""
        session = self.browser.put("/identity/v1/session/account", {}, account=account_id)
        self._take(session)

    def leave(self) -> None:
        """Go on without an account; the session gets a new id."""
        self._take(self.browser.delete("/identity/v1/session/account"))

    def enter(self) -> str:
        """Log in, register at the first login, choose the first account; returns its id."""
        self.log_in()
        if not self.session["registered"]:
            self.register()
        account = until("an account to choose", lambda: self.accounts()["items"])[0]
        self.choose(account["id"])
        chosen: str = account["id"]
        return chosen

    def invitation_token(self, *, since: int = 0) -> str:
        """The token in the newest invitation mail to this person's address, after the postbox's mark ``since``."""
        mail = self.world.postbox.wait_for_mail(self.email, subject_contains="nbjud", since=since, timeout=20)
        match = LINK.search(mail["text"])
        if match is None:
            message = "the invitation mail has no link"
            raise AssertionError(message)
        return match["token"]
