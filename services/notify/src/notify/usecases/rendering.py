"""From a template to words. Nothing is filled in but a link, or a code of six digits: nothing can be injected."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from notify.domain import TEMPLATES

PREFERENCES_PATH = "/installningar/aviseringar"


@dataclass(frozen=True, slots=True)
class Words:
    """What one version of a template says in one language."""

    title: str
    text: str
    action: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice as each channel carries it."""

    title: str
    text: str
    html: str
    sms: str


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("notify"),
        autoescape=select_autoescape(("html.j2",), default=False),
        undefined=StrictUndefined,
        keep_trailing_newline=False,
    )


def _words(template: str, version: int, locale: str, code: str) -> Words:
    known = TEMPLATES[template]
    loaded = _environment().get_template(f"{known.name}/v{version}.{'en' if locale == 'en' else 'sv'}.txt.j2")
    context = {"code": code}
    blocks = {
        name: "".join(loaded.blocks[name](loaded.new_context(context))).strip() for name in ("title", "text", "action")
    }
    return Words(**blocks)


@functools.cache
def words(template: str, version: int, locale: str) -> Words:
    """The words; raises ``KeyError`` for an unknown template and ``TemplateNotFound`` for an unknown version."""
    return _words(template, version, locale, code="")


def title(template: str, version: int, locale: str) -> str:
    """The title alone, for the list."""
    return words(template, version, locale).title


def render(
    template: str, version: int, locale: str, *, link: str, preferences_link: str | None, code: str = ""
) -> Rendered:
    """The whole notice. ``preferences_link`` None: it cannot be switched off. A ``code`` is never kept in memory."""
    said = _words(template, version, locale, code) if code else words(template, version, locale)
    values = {
        "title": said.title,
        "text": said.text,
        "action": said.action,
        "link": link,
        "locale": "en" if locale == "en" else "sv",
        "preferences_link": preferences_link,
    }
    return Rendered(
        title=said.title,
        text=_environment().get_template("layout/mail.txt.j2").render(values),
        html=_environment().get_template("layout/mail.html.j2").render(values),
        sms=f"{said.title}: {code or link}",
    )
