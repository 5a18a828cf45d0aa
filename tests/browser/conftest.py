"""The portal as people use it: a real browser, the whole suite behind it, the demo's people in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response
from tests.conftest import running_suite

from devservers.ports import answers, free_ports
from runner import browser
from runner.journey.gateway_client import until

AXE = (Path(__file__).resolve().parents[2] / "portal/tests/vendor/axe.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOK_AT = """async (rules) => {
    const found = await axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']});
    return {
        violations: found.violations.map((each) =>
            `${each.id}: ${each.help} at ${JSON.stringify(each.nodes.slice(0, 3).map((node) => node.target))}`),
        headings: document.querySelectorAll('h1').length,
        language: document.documentElement.lang,
        wider: document.documentElement.scrollWidth - window.innerWidth,
    };
}"""
"""What is wrong with a page; all that was right is much to carry out of the browser."""

SECOND_EID = {
    "IDENTITY_OIDC_CLIENT_ID": "minasidor",
    "IDENTITY_OIDC_CLIENT_SECRET": "hemligt",
    "IDENTITY_OIDC_NAME_SV": "Exempel-legitimation",
    "IDENTITY_OIDC_NAME_EN": "Example e-ID",
}
"""What the installation says of its second e-ID."""

RATES = {f"GATEWAY_RATE_{name}": "20r/s+100" for name in ("COMPANY", "INVITATION", "LOGIN", "STAFF_SEARCH")}
"""All the people of these tests share one address, and do within minutes what others do in a year."""


@dataclass(frozen=True)
class Look:
    """How somebody sees the portal."""

    name: str
    phone: bool = False
    script: bool = True
    english: bool = False


LOOKS = (
    Look("computer"),
    Look("phone-english", phone=True, english=True),
    Look("phone-without-script", phone=True, script=False),
    Look("computer-english-without-script", script=False, english=True),
)
"""Every pair of width, language and script."""
OPPOSITES = pytest.mark.parametrize(
    "look",
    [LOOKS[0], Look("phone-english-without-script", phone=True, script=False, english=True)],
    ids=lambda look: look.name,
)
"""Each width, language and script at least once, for long journeys whose pages are looked at in others, too."""


def _shape(html: str) -> str:
    """A page without its ids, numbers, dates, keys and addresses: another meter's page is the same page to axe."""
    html = re.sub(r'(value|content|href|action)="[^"]*"', r'\1=""', html)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "0", html)


@dataclass
class Kept:
    """What tests leave to those after them, because it takes long to make anew."""

    cookies: dict[str, Any] = field(default_factory=dict)
    """Of who has logged in, the newest, by personal number."""
    checked: set[tuple[str, str, int]] = field(default_factory=set)
    """The shapes of pages in which nothing was found, in each look: they are not looked at again."""
    checkers: dict[Look, Page] = field(default_factory=dict)
    """Where pages that were read without script are checked, for each look; they end with the browser."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    """For the names of browsers."""


@dataclass
class Logins:
    """Who has logged in in earlier tests: it takes seconds each time, and most tests are about something else."""

    kept: dict[str, Any]
    """``Kept.cookies``."""
    held: dict[str, Visitor] = field(default_factory=dict)
    """By whom in this test: choosing an account ends the cookies that somebody else would have."""

    def bring(self, personal_number: str, visitor: Visitor) -> bool:
        """Give the visitor that person's cookies, if there are any that nobody else has in this test."""
        holder = self.held.setdefault(personal_number, visitor)
        if holder is not visitor or personal_number not in self.kept:
            return False
        visitor.page.context.add_cookies(self.kept[personal_number])
        return True

    def keep(self, visitor: Visitor) -> None:
        """Remember whom the visitor has arrived as, and in which account; but not in which language."""
        if self.held.get(visitor.number) is visitor:
            cookies = visitor.page.context.cookies()
            self.kept[visitor.number] = [each for each in cookies if each["name"] != "__Host-language"]


def in_app(page: Page, personal_number: str, does: str) -> None:
    """On the page of an order in the BankID simulator: be somebody, and identify or sign."""
    page.get_by_label("Testperson").select_option(personal_number)
    page.get_by_role("button", name="Öppna uppdraget").click()
    page.get_by_role("button", name=does).click()


@dataclass
class Visitor:
    """One person's browser, and what went wrong in it."""

    page: Page
    look: Look
    bankid: Any
    agent: str
    """What the browser calls itself: no other calls itself so."""
    kept: Kept
    logins: Logins
    faults: list[str] = field(default_factory=list)
    before: set[str] = field(default_factory=set)
    """The orders that waited at BankID before this visitor's page was opened."""
    number: str = ""
    """The personal number that the visitor has arrived with."""

    def go(self, path: str) -> Response:
        """Open a page."""
        self.before = self.waiting()
        answer = self.page.goto(path)
        assert answer is not None
        return answer

    def says(self, text: str) -> None:
        """The page has this text, where people see it."""
        self.page.get_by_text(text).first.wait_for()

    def words(self, swedish: str, english: str) -> str:
        """What the page says, in its language."""
        return english if self.look.english else swedish

    def press(self, name: str) -> None:
        """Press a button by its name."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    @property
    def path(self) -> str:
        """Where the browser is."""
        return "/" + self.page.url.split("/", 3)[3]

    def scan(self, personal_number: str) -> None:
        """On the login page: scan the code with the telephone and identify."""
        self.order()
        self.identify(personal_number)

    def order(self) -> str:
        """The order of the login that this page has begun; its code is there to scan."""
        if not self.look.script or self.look.phone:  # on a computer the page begins by itself
            self.press("Show the QR code" if self.look.english else "Visa QR-kod")
        self.page.locator(".qr svg").wait_for()
        return self.begun()

    def waiting(self) -> set[str]:
        """The orders of this browser that wait at BankID."""
        return browser.waiting(self.bankid, self.agent)

    def begun(self) -> str:
        """The one order that was not there ``before``, as soon as it is there."""
        (order,) = until("the order to reach BankID", lambda: self.waiting() - self.before)
        return order

    def identify(self, personal_number: str) -> None:
        """On the telephone: answer the order that has begun."""
        browser.answer(self.bankid, self.begun(), personal_number)

    def identify_again(self, personal_number: str) -> None:
        """On a page that asks for a newer BankID: on another device, on a page of its own in every look."""
        self.before = self.waiting()
        self.press(
            self.words("Logga in igen med BankID på en annan enhet", "Log in again with BankID on another device")
        )
        self.page.locator(".qr svg").wait_for()
        self.identify(personal_number)

    def open_app(self, personal_number: str) -> Any:
        """After the choice of this device: the app gets the order by the address that opens it. The order."""
        opener = self.page.get_by_role("link", name=self.words("Öppna BankID", "Open BankID"))
        opener.wait_for()
        token = re.search(r"autostarttoken=([0-9a-f-]+)", opener.get_attribute("href") or "")
        assert token
        return self.bankid.open(token[1], personal_number)

    def come_back(self, order: Any) -> None:
        """The app opens the order's return address in this browser; without script a button is pressed there."""
        self.page.goto(self.bankid.order(order)["returnUrl"])
        if "nonce" in self.page.url:
            self.check_accessible()
            self.press(self.words("Fortsätt", "Continue"))

    def use_app(self, personal_number: str, does: str = "Identifiera") -> None:
        """All the way by hand: the link, the app, which is a page of the simulator, and the button on the way back."""
        self.page.get_by_role("link", name=self.words("Öppna BankID", "Open BankID")).click()
        in_app(self.page, personal_number, does)
        self.press(self.words("Fortsätt", "Continue"))

    def log_in(self, personal_number: str, path: str = "/logga-in") -> None:
        """All the way to the first page after the login."""
        self.number = ""
        self.go(path)
        self.scan(personal_number)
        self.page.wait_for_url(lambda address: "/logga-in" not in address)

    def arrive(self, personal_number: str) -> None:
        """Be logged in and registered, whatever the account, with the login of an earlier test while it lasts."""
        if self.logins.bring(personal_number, self):
            self.go("/kakor")  # for everybody: the login page, where an ended session leads, begins a login by itself
            if not self.page.locator("form[action='/logga-ut']").count():
                self.page.context.clear_cookies()
                self.log_in(personal_number)
        else:
            self.log_in(personal_number)
        if self.path.startswith("/registrera"):
            self.register()
        self.number = personal_number
        self.logins.keep(self)

    def choose(self, account: str) -> None:
        """Choose an account by a part of what the choice says of it, as soon as it is there."""
        choice = self.page.locator(".choice", has_text=account)
        until(f"the account {account}", lambda: self.go("/konto") and choice.count())
        choice.first.click()
        self.page.wait_for_url("**/oversikt")
        self.logins.keep(self)

    def enter(self, personal_number: str, account: str) -> None:
        """Be in an account: the overview is open."""
        self.arrive(personal_number)
        self.choose(account)

    def register(self) -> None:
        """Confirm the registration (T14-T16)."""
        self.page.locator("#field-accept_terms").check()
        self.press("Register" if self.look.english else "Registrera")
        self.page.wait_for_url(lambda address: "/registrera" not in address)

    def log_out(self) -> None:
        """The button in the header."""
        self.press("Log out" if self.look.english else "Logga ut")
        self.page.wait_for_url("**/logga-ut")

    def check_accessible(self) -> None:
        """No violation by axe, nothing wider than the window, one heading of the first level."""
        self.page.wait_for_load_state("load")
        html = self.page.content()
        shape = (self.look.name, self.path.partition("?")[0].rsplit("/", 1)[0], hash(_shape(html)))
        if shape in self.kept.checked:
            return
        if self.look.script:
            self._check(self.page)
            self.kept.checked.add(shape)
            return
        # The checker is a script: it gets the page as it was read without, on a page of its own.
        html = re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL).replace("noscript>", "div>")
        html = html.replace('http-equiv="refresh"', "")
        checkers = self.kept.checkers
        if self.look not in checkers:
            size, phone = self.page.viewport_size, self.look.phone
            checkers[self.look] = self.page.context.browser.new_context(
                viewport=size, is_mobile=phone, reduced_motion="reduce"
            ).new_page()
        page, body = checkers[self.look], html
        page.route(self.page.url, lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8"))
        page.goto(self.page.url)
        self._check(page)
        page.unroute_all()
        self.kept.checked.add(shape)

    def _check(self, page: Page) -> None:
        page.evaluate(AXE)
        found = page.evaluate(LOOK_AT, RULES)
        assert not found["violations"], f"{self.path} ({self.look.name}): {found['violations']}"
        assert found["headings"] == 1, self.path
        assert found["language"] == ("en" if self.look.english else "sv")
        assert found["wider"] <= 0, f"{self.path} is {found['wider']} pixels wider than the window"


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """Who issues the second e-ID: an OpenID provider from PyPI, in a process of its own; its address."""
    if given := os.environ.get("IDENTITY_OIDC_ISSUER"):  # together with MINASIDOR_SUITE
        yield given
        return
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until("the provider to answer", lambda: answers(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory, issuer: str) -> Iterator[Any]:
    """The suite with its demo data and a second e-ID, for all browser tests."""
    # MINASIDOR_SUITE: the root of one that runs already, for whoever writes these tests.
    root = Path(os.environ.get("MINASIDOR_SUITE") or tmp_path_factory.mktemp("portal"))
    with running_suite(root, MINASIDOR_DEMO="1", IDENTITY_OIDC_ISSUER=issuer, **SECOND_EID, **RATES) as started:
        yield started


@pytest.fixture(scope="session")
def kept() -> Kept:
    """What tests leave to those after them."""
    return Kept()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as started:
        yield started


@pytest.fixture
def visitors(lived: Any, chromium: Browser, kept: Kept) -> Iterator[Callable[..., Visitor]]:
    """Make visitors; at the end nothing may have gone wrong in their browsers."""
    made: list[Visitor] = []
    logins = Logins(kept.cookies)

    def make(look: Look = LOOKS[0]) -> Visitor:
        agent = browser.named_agent(chromium, f"Visitor/{next(kept.numbers)}")
        page = browser.visitor(
            chromium, lived.planner.public_url, phone=look.phone, script=look.script, english=look.english, agent=agent
        )
        visitor = Visitor(page, look, lived.world.bankid, agent, kept, logins)
        page.on("pageerror", lambda error: visitor.faults.append(f"script: {error}"))
        page.on("console", lambda line: _note(visitor, line))
        page.on("dialog", lambda dialog: (visitor.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        made.append(visitor)
        return visitor

    yield make
    for visitor in made:
        visitor.page.context.close()
    faults = [fault for visitor in made for fault in visitor.faults]
    assert not faults, faults


def _note(visitor: Visitor, line: Any) -> None:
    # Chromium reports an answer of 400 or more as an error of the console: those the tests look at themselves.
    if line.type in {"error", "warning"} and "Failed to load resource" not in line.text:
        visitor.faults.append(f"console: {line.text}")


@pytest.fixture(params=LOOKS, ids=lambda look: look.name)
def look(request: pytest.FixtureRequest) -> Look:
    chosen: Look = request.param
    return chosen


@pytest.fixture
def visitor(visitors: Callable[..., Visitor], look: Look) -> Visitor:
    """Somebody with each of the looks."""
    return visitors(look)


@pytest.fixture
def person(visitors: Callable[..., Visitor]) -> Visitor:
    """Somebody at a computer, in Swedish, with JavaScript."""
    return visitors()
