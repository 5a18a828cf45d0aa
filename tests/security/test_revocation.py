"""C8: who has lost access, or logged out, is out within a second at 20 requests a second, also without a broker."""

from __future__ import annotations

import threading
import time

import pytest
from tests.security.stage import GUNVOR
from tests.security.web import ask

from chassis.testing import wait_for

pytestmark = pytest.mark.failure
"""Stops the broker and holds a second: not beside anything else."""
A_SECOND = 1.0
EVERY = 1 / 20
IN_A_ROW = 20


class Loop(threading.Thread):
    """Somebody who asks 20 times a second and does not stop."""

    def __init__(self, browser, path):
        super().__init__(daemon=True)
        self._browser, self._path = browser, path
        self._ended = threading.Event()
        self.met = []
        """When it was asked, and the answer's status."""

    def run(self):
        due = time.monotonic()
        while not self._ended.is_set():
            asked_at = time.monotonic()
            answer = ask(self._browser, "GET", self._path, keep=False)
            self.met.append((asked_at, answer.status))
            due += EVERY
            self._ended.wait(max(0.0, due - time.monotonic()))

    def stop(self):
        self._ended.set()
        self.join(10)

    def out(self):
        """Refused so often in a row that it is over."""
        last = [status for _, status in self.met[-IN_A_ROW:]]
        return len(last) == IN_A_ROW and 200 not in last


def followed(browser, path, end, wanted):
    """Let ``browser`` ask on while ``end`` ends its right; how long after it the last answer was asked for."""
    loop = Loop(browser, path)
    loop.start()
    try:
        wait_for(lambda: sum(status == 200 for _, status in loop.met) >= IN_A_ROW // 2, timeout=15)
        end()
        ended_at = time.monotonic()
        wait_for(loop.out, timeout=15)
    finally:
        loop.stop()
    assert {status for _, status in loop.met} == {200, wanted}
    after = [asked_at - ended_at for asked_at, status in loop.met if status == 200]
    refused = [asked_at - ended_at for asked_at, status in loop.met if status != 200]
    assert max(after) < min(refused), "once out, always out"
    return max(after)


@pytest.fixture
def guest(stage, suite):
    """Somebody whom B1 has let in, with the account active, and the way to throw her out."""
    gunvor = suite.citizen(GUNVOR)
    gunvor.log_in()
    if not gunvor.session["registered"]:
        gunvor.register()
    owner = stage.people["B1"]
    membership = stage.admit(owner, gunvor, "gunvor@exempel.se")
    return gunvor, lambda: owner.browser.delete(f"/org-registry/v1/memberships/{membership}")


@pytest.fixture(params=["broker running", "broker stopped"])
def broker(request, suite, guest):
    """The broker as the test wants it; afterwards everything is well again."""
    if request.param == "broker running":
        yield request.param
        return
    suite.broker.stop_app()
    try:
        yield request.param
    finally:
        suite.broker.start_app()
        wait_for(lambda: not suite.troubled(), timeout=60, interval=0.2)


def test_C8_revoked_and_logged_out_persons_are_out_within_a_second(stage, guest, broker):
    gunvor, remove = guest
    late = followed(gunvor.browser, "/api/billing/v1/invoices", remove, 403)
    assert late <= A_SECOND, f"{broker}: {late:.2f} s after the removal"
    thief = gunvor.browser.__class__(gunvor.browser.base_url, cookies=dict(gunvor.browser.cookies))
    late = followed(thief, "/api/identity/v1/me", lambda: gunvor.browser.delete("/identity/v1/session"), 401)
    assert late <= A_SECOND, f"{broker}: {late:.2f} s after the logout"


def test_C8_a_write_after_the_revocation_is_refused_at_once(stage, guest):
    gunvor, remove = guest
    remove()
    before = stage.settled("metering")
    answer = ask(gunvor.browser, "POST", "/api/metering/v1/readings", {})
    assert (answer.status, answer.code) == (403, "no-access")
    assert stage.settled("metering") == before
