"""Which test proves what: the ids in the names of tests, joined with ``docs/architecture/features.toml``.

Tests are read as text (``ast``), never imported. The scheme of ids is in CONTRIBUTING.md, "Ids in test names".
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

WHERE = (
    *("services/*/tests", "libs/*/tests", "simulators/*/tests", "tools/*/tests"),
    *("gateway/tests", "portal/tests", "tests"),
)
TOKEN = re.compile(r"(?<=_)(?:B_\d\d|[A-Z]{1,2}\d+)(?=_|$)")
"""Between underscores: ``T47``, ``B_03``, ``FC15``. ``C15`` and ``FC15`` are two ids, as are ``B3`` and ``B_03``."""
RANGE = re.compile(r"(?P<section>[A-Z]+_?)(?P<first>\d+)(?:-(?P=section)(?P<last>\d+))?")
SHOWN = 3
REASON = 10
"""Characters that a reason has at the least."""

SECTIONS = {
    "T": ("Kraft, vatten, bredband / the utility's guide", "`T47`"),
    "S": ("Ärenden / the municipality's guide", "`S17`"),
    "D": ("Avgöranden / decisions where the guides are silent", "`D7`"),
    "B_": ("Utöver det / beyond the guides", "`B_03`"),
    "FA": ("Login and sessions", "`FA7`"),
    "FB": ("Accounts of persons and companies", "`FB6`"),
    "FC": ("Delegation and invitations", "`FC15`"),
    "FD": ("Invoices and cost", "`FD8`"),
    "FE": ("Use and statistics", "`FE9`"),
    "FF": ("Meter readings", "`FF4`"),
    "FG": ("Orders and bookings", "`FG3`"),
    "FH": ("Cases", "`FH5`"),
    "FI": ("Notices", "`FI7`"),
    "FJ": ("Profile, contact, privacy", "`FJ2`"),
    "FK": ("Back office", "`FK8`"),
    "FL": ("For developers", "`FL1`"),
    "A": ("Faults", "`A1`"),
    "B": ("Bad inputs", "`B6`"),
    "C": ("Attacks", "`C16`"),
}
"""Each section of the file: its heading and an id as an example."""


@dataclass(frozen=True)
class Test:
    """One test function that was found."""

    path: str
    line: int
    name: str

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids in its name, in order."""
        return tuple(dict.fromkeys(TOKEN.findall(self.name)))

    @property
    def sentence(self) -> str:
        """What its name says, without the ids."""
        words = TOKEN.sub("", self.name).removeprefix("test_").split("_")
        return " ".join(word for word in words if word)


@dataclass(frozen=True)
class Features:
    """The committed list."""

    sections: dict[str, dict[str, str]]
    required: frozenset[str]
    not_built: dict[str, str] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> dict[str, str]:
        """Every id with what it says."""
        return {id_: text for section in self.sections.values() for id_, text in section.items()}


def each(ranges: Iterable[str]) -> Iterator[str]:
    """The single ids: ``T6-T8`` is T6, T7, T8 and ``B_03`` itself. ``ValueError`` for what is neither."""
    for text in ranges:
        match = RANGE.fullmatch(text)
        if match is None:
            raise ValueError(f"features.toml: {text!r} is no id and no range of ids")
        first = match["first"]
        for number in range(int(first), int(match["last"] or first) + 1):
            yield f"{match['section']}{number:0{len(first)}d}" if first[0] == "0" else f"{match['section']}{number}"


def read(text: str) -> Features:
    """The list from its TOML."""
    data = tomllib.loads(text)
    return Features(
        required=frozenset(each(data.pop("required"))),
        not_built=data.pop("not-built"),
        pending=data.pop("pending"),
        sections=data,
    )


def in_source(source: str, path: str) -> Iterator[Test]:
    """The test functions of one module."""
    for node in ast.walk(ast.parse(source, path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield Test(path, node.lineno, node.name)


def found(root: Path) -> list[Test]:
    """Every test function of the tree, by path and line."""
    modules = {path for pattern in WHERE for folder in root.glob(pattern) for path in folder.rglob("test_*.py")}
    tests = [
        test
        for path in sorted(modules)
        for test in in_source(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())
    ]
    return sorted(tests, key=lambda test: (test.path, test.line))


def by_id(tests: Iterable[Test]) -> dict[str, list[Test]]:
    """The tests of each id."""
    proofs: dict[str, list[Test]] = {}
    for test in tests:
        for id_ in test.ids:
            proofs.setdefault(id_, []).append(test)
    return proofs


def faults(features: Features, tests: Iterable[Test]) -> list[str]:
    """What does not agree between the list and the tests, one line each; empty when all is well."""
    proofs, texts = by_id(tests), features.texts
    lines = [
        f"{id_}: unknown id in {test.path}:{test.line} {test.name}"
        for id_ in sorted(proofs.keys() - texts.keys())
        for test in proofs[id_]
    ]
    for name, ids in (
        ("required", features.required),
        ("not-built", features.not_built),
        ("pending", features.pending),
    ):
        lines += [f"{id_}: in the list {name} and nowhere explained" for id_ in sorted(set(ids) - texts.keys())]
    missing = features.required & texts.keys() - proofs.keys() - features.not_built.keys() - features.pending.keys()
    lines += [f"{id_}: required, and no test has it in its name ({texts[id_]})" for id_ in sorted(missing)]
    lines += [
        f"{id_}: not built ({features.not_built[id_]}), and yet there is {proofs[id_][0].name}"
        for id_ in sorted(features.not_built.keys() & proofs.keys())
    ]
    lines += [
        f"{id_}: has a test, so take it off the list pending" for id_ in sorted(features.pending.keys() & proofs.keys())
    ]
    lines += [
        f"{id_}: no reason is given" for id_, reason in sorted(features.not_built.items()) if len(reason) < REASON
    ]
    for section, rows in features.sections.items():
        wrong = [id_ for id_ in rows if re.sub(r"\d+$", "", id_) != section or not TOKEN.fullmatch(f"_{id_}", 1)]
        lines += [f"{id_}: not an id of section {section}" for id_ in wrong]
    return lines


def _proved(tests: list[Test]) -> str:
    """The tests of one id: the plainest ones as sentences, the rest by file."""
    plain = sorted(tests, key=lambda test: (len(test.ids), test.path, test.line))
    shown, rest = plain[:SHOWN], plain[SHOWN:]
    cells = [f"[{test.sentence}](../../{test.path})" for test in shown]
    if rest:
        names = sorted({test.path.replace("/tests/", "/").removesuffix(".py") for test in rest})
        cells.append(f"and {len(rest)} more in {', '.join(f'`{name}`' for name in names)}")
    return "<br>".join(cells)


def text(features: Features, tests: Iterable[Test]) -> str:
    """``features.md``."""
    proofs = by_id(tests)
    texts = features.texts
    proved = [id_ for id_ in texts if id_ in proofs]
    lines = [
        "# Vad som finns, och vad som bevisar det / features and their tests",
        "",
        "Generated by `tools/generate_docs.py` from `features.toml` and the names of the tests. What proves T47:",
        "`./minasidor test -k T47`. Swedish in quotation marks is to the letter.",
        "",
        f"{len(proved)} of {len(texts)} ids have a test. {len(features.required)} are promised: each has one, or is",
        f"decided against with its reason ({len(features.not_built)} are), or the build fails.",
    ]
    for section, (heading, example) in SECTIONS.items():
        rows = features.sections[section]
        lines += ["", f"## {heading} ({example})", "", "| id | what | tests |", "|---|---|---|"]
        for id_, what in rows.items():
            if id_ in proofs:
                cell = _proved(proofs[id_])
            elif id_ in features.not_built:
                cell = f"*not built:* {features.not_built[id_]}"
            else:
                cell = "*not yet*"
            lines.append(f"| {id_} | {what} | {cell} |")
    return "\n".join(lines) + "\n"
