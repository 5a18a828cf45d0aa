"""The text of a signature, laid out as BankID's app lays it out (simpleMarkdownV1), as far as a page needs it.

Every character of the text is shown but the marks themselves, and nothing is hidden: what one reads here is what one
signs. Templates write the parts, so nothing in the text is ever a tag.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

HEADING = re.compile(r"#{1,3}\s+(.+)")
ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s+(.+)")
RULE = re.compile(r"(?:-{3,}|\*{3,}|_{3,})")
PARTS = re.compile(r"\*\*(?P<strong>[^*\n]+)\*\*|(?<![\w*])\*(?P<em>[^*\n]+)\*(?![\w*])")

Span = tuple[Literal["", "strong", "em"], str]


@dataclass
class Block:
    """A heading, a list, a line across, or a paragraph; ``lines`` of spans."""

    kind: Literal["heading", "list", "ordered", "rule", "text"]
    lines: list[list[Span]]


def blocks(text: str) -> list[Block]:
    """The text in its parts, in order."""
    found: list[Block] = []
    fresh = True
    for line in (each.strip() for each in text.splitlines()):
        if not line:
            fresh = True
            continue
        kind, content = _kind(line)
        if not fresh and found[-1].kind == kind and kind != "heading":
            found[-1].lines.append(_spans(content))
        else:
            found.append(Block(kind, [_spans(content)] if kind != "rule" else []))
        fresh = False
    return found


def _kind(line: str) -> tuple[Literal["heading", "list", "ordered", "rule", "text"], str]:
    if RULE.fullmatch(line):
        return "rule", ""
    if heading := HEADING.fullmatch(line):
        return "heading", heading[1]
    if item := ITEM.fullmatch(line):
        # The number of a numbered item is part of what is signed.
        return ("ordered", line) if line[0].isdigit() else ("list", item[1])
    return "text", line


def _spans(line: str) -> list[Span]:
    spans: list[Span] = []
    end = 0
    for match in PARTS.finditer(line):
        if match.start() > end:
            spans.append(("", line[end : match.start()]))
        style: Literal["strong", "em"] = "strong" if match["strong"] is not None else "em"
        spans.append((style, match[style]))
        end = match.end()
    if end < len(line):
        spans.append(("", line[end:]))
    return spans


__all__ = ["Block", "Span", "blocks"]
