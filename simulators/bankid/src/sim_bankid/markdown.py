"""Shows `simpleMarkdownV1` texts as the app does: headings, rules, lists, bold and italics.

Everything is escaped first; the only markup that comes out is made here. Tables are shown as
they were written.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_HEADING = re.compile(r"(#{1,3}) +(.+)")
_RULE = re.compile(r"(-{3,}|\*{3,}|_{3,})")
_ITEM = re.compile(r"(?:([-*+])|(\d+)\.) +(.+)")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_ITALIC = re.compile(r"(?<![\w*])([*_])(?=\S)(.+?)(?<=\S)\1(?![\w*])")


def render(text: str) -> Markup:
    """Safe HTML of a text. Headings start at level 3, below the page's own."""
    out: list[str] = []
    paragraph: list[str] = []
    items: list[str] = []
    kind = ""

    def close() -> None:
        if paragraph:
            out.append(f"<p>{'<br>'.join(paragraph)}</p>")
            paragraph.clear()
        if items:
            out.append(f"<{kind}>{''.join(f'<li>{item}</li>' for item in items)}</{kind}>")
            items.clear()

    for line in text.splitlines():
        stripped = line.strip()
        if not stripped:
            close()
        elif match := _HEADING.fullmatch(stripped):
            close()
            level = len(match[1]) + 2
            out.append(f"<h{level}>{_inline(match[2])}</h{level}>")
        elif _RULE.fullmatch(stripped):
            close()
            out.append("<hr>")
        elif match := _ITEM.fullmatch(stripped):
            wanted = "ul" if match[1] else "ol"
            if paragraph or wanted != kind:
                close()
            kind = wanted
            items.append(_inline(match[3]))
        else:
            if items:
                close()
            paragraph.append(_inline(stripped))
    close()
    return Markup("".join(out))  # noqa: S704 - every text in it went through escape()


def _inline(text: str) -> str:
    safe = str(escape(text))
    return _ITALIC.sub(r"<em>\2</em>", _BOLD.sub(r"<strong>\2</strong>", safe))
