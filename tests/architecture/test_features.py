"""Every rule that the product promises has a test that carries its id, and every id in a test's name is one."""

import importlib.util
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
SPEC = importlib.util.spec_from_file_location("features", ROOT / "tools" / "features.py")
features = sys.modules.setdefault("features", importlib.util.module_from_spec(SPEC))
SPEC.loader.exec_module(features)

LISTED = ROOT / "docs" / "architecture" / "features.toml"
SAMPLE = """
required = ["T1-T2", "B_03"]
[not-built]
T3 = "decided against"
[pending]
[T]
T1 = "one"
T2 = "two"
T3 = "three"
[B_]
B_03 = "beyond"
[B]
B3 = "bad input"
[C]
C2 = "attack"
[FC]
FC2 = "row"
"""
PROVEN = ("test_T1_T2_together", "test_B_03_beyond", "test_C2_attack", "test_FC2_row")


def sample(*names):
    source = "".join(f"def {name}(): pass\n" for name in names)
    return list(features.in_source(source, "tests/test_sample.py"))


def test_every_required_id_has_a_test_and_every_id_in_a_name_is_known():
    assert features.faults(features.read(LISTED.read_text(encoding="utf-8")), features.found(ROOT)) == []


def test_the_sections_of_the_list_are_those_of_the_page():
    listed = features.read(LISTED.read_text(encoding="utf-8"))
    assert list(listed.sections) == list(features.SECTIONS)


def test_a_sample_in_which_all_is_well_has_no_fault():
    assert features.faults(features.read(SAMPLE), sample(*PROVEN)) == []


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (("test_T1_alone", *PROVEN[1:]), "T2: required, and no test has it in its name (two)"),
        ((*PROVEN, "test_T9_what"), "T9: unknown id in tests/test_sample.py:5 test_T9_what"),
        ((*PROVEN, "test_B_99_what"), "B_99: unknown id in tests/test_sample.py:5 test_B_99_what"),
        ((*PROVEN, "test_B03_what"), "B03: unknown id in tests/test_sample.py:5 test_B03_what"),
        ((*PROVEN, "test_FC9_what"), "FC9: unknown id in tests/test_sample.py:5 test_FC9_what"),
        (
            (*PROVEN, "test_T3_after_all"),
            "T3: not built (decided against), and yet there is test_T3_after_all",
        ),
        (
            (*PROVEN[:1], "test_B3_is_another_id", *PROVEN[2:]),
            "B_03: required, and no test has it in its name (beyond)",
        ),
    ],
    ids=["missing", "unknown", "unknown-beyond", "old-spelling", "unknown-row", "not-built", "collision"],
)
def test_a_sample_that_must_fail_names_what_is_wrong(names, fault):
    assert features.faults(features.read(SAMPLE), sample(*names)) == [fault]


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('T3 = "three"', 'T30 = "three"', "T3: in the list not-built and nowhere explained"),
        ('"decided against"', '"no"', "T3: no reason is given"),
        ('"T1-T2"', '"T1-T3"', None),
        ('C2 = "attack"', 'C2 = "attack"\nT7 = "elsewhere"', "T7: not an id of section C"),
        ('"B_03"]', '"B_03", "B_04"]', "B_04: in the list required and nowhere explained"),
    ],
    ids=["unexplained", "no-reason", "required-but-not-built", "wrong-section", "required-unknown"],
)
def test_a_list_that_is_wrong_is_told_so(before, after, fault):
    assert before in SAMPLE
    found = features.faults(features.read(SAMPLE.replace(before, after)), sample(*PROVEN))
    assert found == ([fault] if fault else [])


def test_an_id_that_is_being_built_needs_no_test_yet():
    listed = replace(features.read(SAMPLE), pending={"T2": "portal"})
    assert features.faults(listed, sample("test_T1_alone", *PROVEN[1:])) == []
    assert features.faults(listed, sample(*PROVEN)) == ["T2: has a test, so take it off the list pending"]


def test_ranges_keep_their_leading_zeros_and_nonsense_is_refused():
    assert list(features.each(["T9-T11", "B_03-B_04", "FC7"])) == ["T9", "T10", "T11", "B_03", "B_04", "FC7"]
    for nonsense in ("T", "T1-S2", "t1", "T1..T2"):
        with pytest.raises(ValueError, match="no id and no range"):
            list(features.each([nonsense]))


def test_the_page_shows_sentences_reasons_and_what_is_missing():
    listed = features.read(SAMPLE)
    filled = {section: listed.sections.get(section, {}) for section in features.SECTIONS}
    page = features.text(
        replace(listed, sections=filled), sample("test_T1_a_sentence", "async_def", "test_without_an_id")
    )
    assert "| T1 | one | [a sentence](../../tests/test_sample.py) |" in page
    assert "| T2 | two | *not yet* |" in page
    assert "| T3 | three | *not built:* decided against |" in page
    assert "1 of 7 ids" in page


def test_the_list_is_plain_toml_without_doubles():
    assert tomllib.loads(LISTED.read_text(encoding="utf-8"))["required"]
