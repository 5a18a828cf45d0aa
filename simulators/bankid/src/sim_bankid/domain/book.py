"""The order book: every order of the simulated BankID, behind one lock, and the rules between."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

from sim_bankid.clock import Clock
from sim_bankid.domain import qr
from sim_bankid.domain.errors import Refused, RpError, no_such_order
from sim_bankid.domain.orders import RISKS, Kind, Order, Outcome, Rules, Status
from sim_bankid.domain.policies import accepts
from sim_bankid.persons import Person

_FORGET_AFTER = 900.0
"""Seconds a finished order stays visible to the control API after it can be collected."""

Sign = Callable[[Order, Person, float], tuple[str, str]]
"""Makes (signature, ocspResponse), both base64, for an order a person approves.

Arguments: the order, the person and the moment."""


class OrderBook:
    """Thread-safe store of orders. RP calls raise RpError, app actions raise Refused."""

    def __init__(self, clock: Clock, sign: Sign, rules: Rules | None = None) -> None:
        self._clock = clock
        self._sign = sign
        self._rules = rules or Rules()
        self._lock = threading.RLock()
        self._orders: dict[str, Order] = {}

    # ---- what the relying party does
    def start(self, kind: Kind, request: dict[str, object], rp: str | None) -> Order:
        """Make an order.

        Raises 400 alreadyInProgress when the request names a person who has an order running;
        that order is aborted too.
        """
        with self._lock:
            now = self._sweep()
            order = Order(
                ref=_token(),
                screen=_token(),
                kind=kind,
                request=request,
                rp=rp,
                created_at=now,
                auto_start_token=_token(),
                qr_start_token=_token(),
                qr_start_secret=_token(),
                rules=self._rules,
            )
            if order.named_person and self._abort_running(order.named_person, now):
                raise RpError(400, "alreadyInProgress", "Order already in progress for pno")
            self._orders[order.ref] = order
            return order

    def collect(self, ref: str, rp: str | None) -> dict[str, object]:
        """The order's state. A final state is told once, and only for some minutes."""
        with self._lock:
            now = self._clock.now()
            order = self._of_rp(ref, rp, now)
            if order.status is not Status.PENDING:
                if order.collected or now > order.collectable_until():
                    raise no_such_order()
                order.collected = True
            return order.collect_answer()

    def cancel_by_rp(self, ref: str, rp: str | None) -> None:
        """Abort a running order; it cannot be collected afterwards."""
        with self._lock:
            now = self._clock.now()
            order = self._of_rp(ref, rp, now)
            if order.status is not Status.PENDING:
                raise no_such_order()
            order.fail("cancelled", now)
            order.collected = True

    # ---- what the app does
    def launch(self, token: str, redirect: str | None = None) -> Order:
        """The app was started with an autostart token; nobody has been identified yet.

        This ends the start window. Starting again with the same token changes nothing.
        """
        with self._lock:
            now = self._clock.now()
            order = self._waiting(self._by_auto_start(token), now)
            if order.launched_at is None and order.opened_at is None:
                order.launched_at = now
                order.started_by = "autostart"
                order.redirect = redirect
                order.hint = "started"
            return order

    def open(self, person: Person, *, token: str) -> Order:
        """Open an order by its autostart token as a person."""
        with self._lock:
            return self._open(self._by_auto_start(token), person, "autostart")

    def open_ref(self, person: Person, ref: str) -> Order:
        """Open an order the tester picked from the list: as it was started, else as by QR code."""
        with self._lock:
            order = self.get(ref)
            by = "phone" if order.kind.by_phone else order.started_by or "qr"
            return self._open(order, person, by)

    def scan(self, qr_data: str, person: Person) -> Order:
        """Open an order by the QR code the camera saw.

        A frame whose code is wrong is not BankID's and changes nothing. A genuine frame of
        another time is a copy: the order fails with startFailed.
        """
        frame = qr.parse(qr_data)
        if frame is None:
            raise Refused(400, "malformedQr", "Det är ingen animerad QR-kod för BankID.")
        with self._lock:
            now = self._clock.now()
            order = self._find(lambda o: o.qr_start_token == frame.token and not o.kind.by_phone)
            if not qr.genuine(frame, order.qr_start_secret):
                raise Refused(400, "falseQr", "QR-koden är inte äkta.")
            order = self._waiting(order, now)
            age = now - order.created_at - frame.time
            if order.opened_at is None and not -self._rules.qr_max_lead <= age <= (self._rules.qr_max_age):
                order.fail("startFailed", now)
                raise Refused(409, "staleQr", "QR-koden är för gammal. Läs av en ny.")
            return self._open(order, person, "qr")

    def approve(self, ref: str, outcome: Outcome | None = None) -> Order:
        """The person enters the code: Identifiera or Skriv under.

        `outcome` replaces what was prepared. When the order demands a lower risk than the
        outcome's, it fails with transactionRiskBlocked.
        """
        with self._lock:
            now = self._clock.now()
            order = self._waiting(self.get(ref), now)
            person = order.person
            if person is None:
                raise Refused(409, "notOpened", "Ingen har öppnat uppdraget än.")
            order.outcome = outcome or order.outcome
            allowed = order.requirement.get("risk")
            if isinstance(allowed, str) and RISKS.index(order.outcome.risk) > RISKS.index(allowed):
                order.fail("transactionRiskBlocked", now)
                return order
            order.complete(self._completion(order, person, now), now)
            return order

    def fail(self, ref: str, hint: str) -> Order:
        """End a running order with any hint code (userCancel when the person presses Avbryt)."""
        with self._lock:
            now = self._clock.now()
            order = self._waiting(self.get(ref), now)
            order.fail(hint, now)
            return order

    def show_hint(self, ref: str, hint: str) -> Order:
        """Let a running order show another pending hint code."""
        with self._lock:
            order = self._waiting(self.get(ref), self._clock.now())
            order.hint = hint
            return order

    def prepare(self, ref: str, outcome: Outcome) -> Order:
        """Decide risk, IP address and document check before the person approves."""
        with self._lock:
            order = self._waiting(self.get(ref), self._clock.now())
            order.outcome = outcome
            return order

    # ---- what the tester asks
    def get(self, ref: str) -> Order:
        """Find an order by orderRef; Refused 404 noSuchOrder."""
        return self._find(lambda order: order.ref == ref)

    def by_screen(self, screen: str) -> Order:
        """Find an order by its page; Refused 404 noSuchOrder."""
        return self._find(lambda order: order.screen == screen)

    def view(self, order: Order) -> dict[str, object]:
        """One order as it is now."""
        with self._lock:
            now = self._clock.now()
            order.tick(now)
            return order.view(now)

    def views(self, status: str | None = None) -> list[dict[str, object]]:
        """Every remembered order, newest first."""
        with self._lock:
            now = self._sweep()
            orders = [o for o in self._orders.values() if status is None or o.status == status]
            return [order.view(now) for order in reversed(orders)]

    def reset(self) -> None:
        """Forget every order."""
        with self._lock:
            self._orders.clear()

    # ---- inside
    def _find(self, wanted: Callable[[Order], bool]) -> Order:
        with self._lock:
            for order in self._orders.values():
                if wanted(order):
                    return order
        raise Refused(404, "noSuchOrder", "Uppdraget finns inte.")

    def _by_auto_start(self, token: str) -> Order:
        return self._find(lambda o: o.auto_start_token == token and not o.kind.by_phone)

    def _of_rp(self, ref: str, rp: str | None, now: float) -> Order:
        order = self._orders.get(ref)
        if order is None or order.rp != rp:
            raise no_such_order()
        order.tick(now)
        return order

    @staticmethod
    def _waiting(order: Order, now: float) -> Order:
        order.tick(now)
        if order.status is not Status.PENDING:
            raise Refused(409, "notWaiting", f"Uppdraget är redan avslutat ({order.status}).")
        return order

    def _open(self, order: Order, person: Person, started_by: str) -> Order:
        now = self._clock.now()
        self._waiting(order, now)
        if order.opened_at is not None:
            raise Refused(409, "alreadyOpened", "Uppdraget är redan öppnat i en app.")
        if order.named_person not in (None, person.personal_number) or not accepts(
            order.requirement.get("certificatePolicies")
        ):
            order.started_by = started_by
            order.hint = "started"
            raise Refused(409, "noUsableId", "Appen har inget BankID som uppdraget godtar.")
        self._abort_running(person.personal_number, now, but=order)
        order.open(person, started_by, now)
        return order

    def _abort_running(self, personal_number: str, now: float, but: Order | None = None) -> bool:
        """Abort the person's running orders; True if there was one."""
        found = False
        for order in self._orders.values():
            if order is but or order.holder != personal_number:
                continue
            order.tick(now)
            if order.status is Status.PENDING:
                order.fail("cancelled", now)
                found = True
        return found

    def _completion(self, order: Order, person: Person, now: float) -> dict[str, object]:
        own_device = order.request.get("endUserIp") if order.started_by == "autostart" else None
        mrtd = order.outcome.mrtd
        signature, ocsp_response = self._sign(order, person, now)
        completion: dict[str, object] = {
            "user": {
                "personalNumber": person.personal_number,
                "name": person.name,
                "givenName": person.given_name,
                "surname": person.surname,
            },
            "device": {
                "ipAddress": order.outcome.ip_address or own_device or person.ip_address,
                "uhi": person.uhi,
            },
            "bankIdIssueDate": person.issue_date,
            "stepUp": {"mrtd": bool(order.requirement.get("mrtd")) if mrtd is None else mrtd},
            "signature": signature,
            "ocspResponse": ocsp_response,
        }
        if order.request.get("returnRisk"):
            completion["risk"] = order.outcome.risk
        return completion

    def _sweep(self) -> float:
        """Let every deadline take effect and forget what is long gone; the present moment."""
        now = self._clock.now()
        gone = []
        for order in self._orders.values():
            order.tick(now)
            if order.status is not Status.PENDING and now > order.collectable_until() + _FORGET_AFTER:
                gone.append(order.ref)
        for ref in gone:
            del self._orders[ref]
        return now


def _token() -> str:
    return str(uuid.uuid4())
