"""Every text in both languages, none missing, none left over (D27)."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import portal
from portal.texts import LANGUAGES, MissingText, Texts, catalogue

ROOT = Path(portal.__file__).parent
SOURCES = [*ROOT.rglob("*.html"), *ROOT.glob("pages/*.py"), *ROOT.glob("web/*.py")]
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
KEY = r"[a-z_0-9]+\.[A-Za-z0-9_-]+"
LITERAL = re.compile(rf"""["']({KEY})["']""")
BUILT = re.compile(
    r"""["'f]*["']([a-z_0-9]+\.[A-Za-z0-9_-]*[_-])(?:["']|\{)|f["']([a-z_]+\.)\{|["']([a-z_]+\.)["']\s*~"""
)
OPERATOR = {"operator", "support_email", "support_phone", "support_hours"}


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_D27_every_text_is_there_in_both_languages_with_the_same_places():
    for key, entry in catalogue().items():
        assert set(entry) == set(LANGUAGES), key
        assert all(text.strip() for text in entry.values()), key
        assert _fields(entry["sv"]) - OPERATOR == _fields(entry["en"]) - OPERATOR, key


def test_D27_every_text_that_is_asked_for_exists():
    texts = set(catalogue())
    areas = {key.split(".")[0] for key in texts}
    asked = {
        key
        for key in re.findall(rf"""\b(?:t|texts|text|flash)\(\s*["']({KEY})["']\s*[,)]""", TEXT)
        if key.split(".")[0] in areas
    }
    assert asked, "the pattern finds what the templates ask for"
    assert asked - texts == set()


def test_D27_no_text_is_left_over():
    literals = set(LITERAL.findall(TEXT))
    prefixes = {part for found in BUILT.findall(TEXT) for part in found if part}
    counted = {f"{key}_{number}" for key in literals for number in ("one", "other")}
    left = {
        key
        for key in catalogue()
        if key not in literals and key not in counted and not any(key.startswith(prefix) for prefix in prefixes)
    }
    assert left == set()


def test_D27_a_missing_text_is_an_error_not_an_empty_place():
    with pytest.raises(MissingText):
        Texts("sv", {})("common.there-is-no-such-text")


def test_C21_what_is_put_into_a_text_with_tags_is_escaped():
    texts = Texts("sv", {})
    shown = texts("info.a11y_report_html", email='"><script>alert(1)</script>', phone="1")
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_C21_no_template_holds_inline_script_style_or_handlers():
    for path in sorted(ROOT.rglob("*.html")):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), name
        assert not re.search(r"<style\b|\sstyle\s*=", text), name
        assert not re.search(r"<[^>]*\son[a-z]+\s*=", text), name
        assert not re.search(r"javascript:", text), name
        posts = len(re.findall(r'<form[^>]*method="post"', text))
        assert posts <= (1 if path.name in {"macros.html", "base.html"} else 0), f"{name}: use ui.open_form"
