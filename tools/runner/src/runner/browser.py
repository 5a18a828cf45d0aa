"""The portal in a real browser: what the browser tests and ``./minasidor screenshots`` have in common."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

DESKTOP, PHONE = (1280, 800), (390, 844)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=sv-SE",
)
"""Nothing but the page talks to the network, and it works as root and in a container."""
HEADLESS = "chromium-headless-shell"
WHOLE = ("chromium", "google-chrome", "chromium-browser", HEADLESS)
"""What people have, where there is one: only this can write a date as in Sweden (Debian: with chromium-l10n)."""
PROGRAMS = (HEADLESS, *WHOLE)
"""The same engine without a window first: a new visitor costs it a quarter, a test half the processor."""
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
PATIENCE = 20_000
"""Milliseconds that a page may take on a busy machine."""


def program(environ: Mapping[str, str] = os.environ, programs: Iterable[str] = PROGRAMS) -> str:
    """The machine's Chromium, the first of ``programs``. Raises ``FileNotFoundError`` where there is none."""
    named = environ.get("MINASIDOR_CHROMIUM") or next(filter(None, map(shutil.which, programs)), None)
    if named or os.path.exists(MAC):  # noqa: PTH110 - a fixed place, nothing to join
        return named or MAC
    raise FileNotFoundError("chromium is not installed (apt-get install chromium, or MINASIDOR_CHROMIUM)")


@contextmanager
def chromium(programs: Iterable[str] = PROGRAMS, *, language: str = "") -> Iterator[Browser]:
    """A running browser, the first of ``programs`` that is here; ``language``: its own, as ``sv_SE``."""
    environ = {"LANGUAGE": language, "LANG": f"{language}.UTF-8"} if language else {}
    playwright: Playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program(programs=programs), args=list(FLAGS), env={**os.environ, **environ}
        )
        try:
            yield browser
        finally:
            browser.close()


def visitor(
    browser: Browser,
    base_url: str,
    *,
    phone: bool = False,
    script: bool = True,
    english: bool = False,
    agent: str | None = None,
) -> Page:
    """A fresh browser of somebody: no cookies, a computer's window or a phone's; ``agent``: what it calls itself."""
    width, height = PHONE if phone else DESKTOP
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": width, "height": height},
        locale="en-GB" if english else "sv-SE",
        timezone_id="Europe/Stockholm",
        java_script_enabled=script,
        user_agent=agent,
        has_touch=phone,
        is_mobile=phone,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    return context.new_page()


def named_agent(browser: Browser, name: str) -> str:
    """What a Chromium calls itself, and a name by which ``waiting`` finds what it has begun."""
    major = browser.version.partition(".")[0]
    like = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    return f"{like} Chrome/{major}.0.0.0 Safari/537.36 {name}"


def identify(bankid: Any, personal_number: str, *, before: set[str]) -> None:
    """Be the person with the telephone: open the order that was not there ``before``, and identify.

    Args:
        bankid: the simulator's control client.
        personal_number: of a test person.
        before: what ``waiting`` gave before the login began.

    """
    (order,) = waiting(bankid) - before
    answer(bankid, order, personal_number)


def answer(bankid: Any, order: str, personal_number: str) -> None:
    """Be the person with the telephone: open this order, and identify."""
    bankid.pick(order, personal_number)
    bankid.approve(order)


def waiting(bankid: Any, agent: str | None = None) -> set[str]:
    """References of the orders that wait; those of one browser, where it has a name (domain facts 1.3: ``web``)."""
    return {
        order["orderRef"]
        for order in bankid.orders("pending")
        if agent is None or order["request"].get("web", {}).get("userAgent") == agent
    }


__all__ = [
    "DESKTOP",
    "PHONE",
    "PROGRAMS",
    "WHOLE",
    "answer",
    "chromium",
    "identify",
    "named_agent",
    "program",
    "visitor",
    "waiting",
]
