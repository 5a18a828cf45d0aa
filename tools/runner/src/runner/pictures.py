"""``./minasidor screenshots FOLDER``: every page of the portal as seen on a computer and on a phone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Page

from runner import browser
from runner.journey.gateway_client import until
from runner.journey.seed import EBBA, ERIK, KARIN
from runner.journey.staff import STAFF

STRANGER = (
    "/",
    "/logga-in",
    "/om-bankid",
    "/tillganglighet",
    "/integritet",
    "/kakor",
    "/logga-ut",
    "/finns-inte",
    "/inbjudan",
    "/inbjudan/avbojd",
    "/delad-faktura",
    "/kopior",
    "/kopior/tack",
    "/dev/components",
)
NEW = ("/registrera",)
CHOOSING = ("/konto", "/foretagskonto", "/be-om-behorighet", "/delade-fakturor")
INSIDE = (
    "/oversikt",
    "/fakturor",
    "/kostnader",
    "/forbrukning",
    "/matare",
    "/matare/avlasningar/ny",
    "/behorigheter",
    "/behorigheter/ny",
    "/behorigheter/oversyn",
    "/fullmakt",
    "/fullmakt/ny",
    "/installningar",
    "/installningar/kontaktuppgifter",
    "/installningar/aviseringar",
    "/installningar/inloggningar",
    "/installningar/aktivitet",
    "/installningar/kundservice",
    "/installningar/mina-uppgifter",
    "/installningar/sprak",
    "/installningar/kopior",
)
FOLLOWED = (
    ("/fakturor", "/fakturor/"),
    ("/forbrukning", "/forbrukning/"),
    ("/matare", "/matare/avlasningar/0"),
    ("/behorigheter", "/behorigheter/inbjudningar/"),
)
"""A page, and how the address begins of the page behind one of its links."""
COMPANY = (("/behorigheter", "/behorigheter/forfragningar/"),)
STAFF_PAGES = ("/personal", "/personal/fullmakter", "/personal/fullmakter/ny", "/personal/kunder", "/personal/atgarder")


def take(url: str, told: Mapping[str, str], folder: str) -> int:
    """Write the pictures; the exit status is 1 when a page answered with an error."""
    from sim_bankid.control import Control

    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    bankid = Control(told["MINASIDOR_BANKID_URL"])
    failed: list[str] = []
    with browser.chromium(browser.WHOLE, language="sv_SE") as program:
        for phone in (False, True):
            page = browser.visitor(program, url, phone=phone)
            failed += _all(page, STRANGER, out, phone=phone)
            log_in(page, bankid, KARIN)  # two homes, invoices, readings and people
            failed += _all(page, CHOOSING, out, phone=phone)
            choose_first(page)
            failed += _all(page, INSIDE, out, phone=phone)
            failed += _follow(page, FOLLOWED, out, phone=phone)
            _become(page, bankid, EBBA, register=False)  # has not been here before
            failed += _all(page, NEW, out, phone=phone)
            _become(page, bankid, ERIK)  # somebody asks for a part of his company's account
            choose_first(page)
            failed += _follow(page, COMPANY, out, phone=phone)
            _become(page, bankid, STAFF)
            failed += _all(page, STAFF_PAGES, out, phone=phone)
            page.context.close()
    for fault in failed:
        print(f"minasidor: {fault}")
    print(f"minasidor: the pictures are in {out.resolve()}")
    return 1 if failed else 0


def log_in(page: Page, bankid: object, personal_number: str, *, register: bool = True) -> None:
    """Log in with the QR code, and ``register`` at the first login."""
    before = browser.waiting(bankid)
    page.goto("/logga-in")
    size = page.viewport_size
    if size is not None and size["width"] == browser.PHONE[0]:  # on a computer the page begins by itself
        page.get_by_role("button", name="Visa QR-kod").click()
    page.locator("#qr svg").wait_for()
    until("the order to reach BankID", lambda: browser.waiting(bankid) - before)
    browser.identify(bankid, personal_number, before=before)
    page.wait_for_url(lambda address: "/logga-in" not in address)
    if register and "/registrera" in page.url:
        page.locator("#field-accept_terms").check()
        page.get_by_role("button", name="Registrera", exact=True).click()
        page.wait_for_url(lambda address: "/registrera" not in address)


def _become(page: Page, bankid: object, personal_number: str, *, register: bool = True) -> None:
    page.context.clear_cookies()
    log_in(page, bankid, personal_number, register=register)


def choose_first(page: Page) -> None:
    """Be in the first account of the choice, where there is one."""
    page.goto("/konto")
    if page.locator(".choice").count():
        page.locator(".choice").first.click()
        page.wait_for_url("**/oversikt")


def _follow(page: Page, links: tuple[tuple[str, str], ...], out: Path, *, phone: bool) -> list[str]:
    failed = []
    for start, behind in links:
        page.goto(start)
        link = page.locator(f"main a[href^='{behind}']").first
        if not link.count():
            failed.append(f"{start} has no link to {behind}...")
            continue
        failed += _all(page, (link.get_attribute("href") or "",), out, phone=phone, name=f"{behind.rstrip('/0')}/visa")
    return failed


def _all(page: Page, paths: tuple[str, ...], out: Path, *, phone: bool, name: str = "") -> list[str]:
    failed = []
    for path in paths:
        answer = page.goto(path)
        page.wait_for_load_state("load")
        if path == "/logga-in" and not phone:
            page.locator("#qr svg").wait_for()
        file = (name or path).strip("/").replace("/", "-") or "start"
        page.screenshot(path=out / f"{file}{'-telefon' if phone else ''}.png", full_page=True)
        if answer is None or (answer.status >= 400 and path != "/finns-inte"):  # noqa: PLR2004 - HTTP's own line
            failed.append(f"{path} answered {answer.status if answer else 'nothing'}")
    return failed


__all__ = ["choose_first", "log_in", "take"]
