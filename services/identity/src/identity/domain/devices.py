"""The kind of device that a browser runs on: coarse, for "my sessions" and the login history (A11, B-19)."""

from __future__ import annotations

from dataclasses import dataclass

# In order: most browsers also call themselves by an older one's name, most systems by a wider one's.
BROWSERS = (
    ("Edge", ("Edg/", "EdgA/", "EdgiOS/")),
    ("Opera", ("OPR/", "OPT/", "OPX/")),
    ("Samsung Internet", ("SamsungBrowser/",)),
    ("Firefox", ("Firefox/", "FxiOS/")),
    ("Chrome", ("Chrome/", "Chromium/", "CriOS/")),
    ("Safari", ("Safari/",)),
)
SYSTEMS = (
    ("iPhone", ("iPhone", "iPod")),
    ("iPad", ("iPad",)),
    ("Android", ("Android",)),
    ("Windows", ("Windows",)),
    ("ChromeOS", ("CrOS",)),
    ("macOS", ("Macintosh", "Mac OS X")),
    ("Linux", ("Linux", "X11")),
)
ANY_BROWSER = {"sv": "Webbläsare", "en": "Browser"}
UNKNOWN = {"sv": "Okänd enhet", "en": "Unknown device"}
ON = {"sv": "på", "en": "on"}


@dataclass(frozen=True, kw_only=True)
class DeviceKind:
    """Names of our own lists, never the browser's text; None where we do not know it."""

    browser: str | None = None
    system: str | None = None

    def text(self, locale: str) -> str:
        """Such as Chrome på Windows: for a person, in the person's language."""
        language = "en" if locale == "en" else "sv"
        if self.system is None:
            return self.browser or UNKNOWN[language]
        return f"{self.browser or ANY_BROWSER[language]} {ON[language]} {self.system}"


def device_kind(user_agent: str) -> DeviceKind:
    """What a User-Agent says of browser and system. Anybody can send any: for recognition, never for access."""
    return DeviceKind(browser=_first(BROWSERS, user_agent), system=_first(SYSTEMS, user_agent))


def _first(names: tuple[tuple[str, tuple[str, ...]], ...], user_agent: str) -> str | None:
    return next((name for name, signs in names if any(sign in user_agent for sign in signs)), None)
