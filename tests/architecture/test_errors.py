"""The error catalogue: stable codes, one owner each, both languages, nothing personal."""

import importlib
import string

from chassis import errors
from contracts.catalogue import SERVICES

OWNERS = {"chassis", "gateway", *(name.replace("-", "_") for name in SERVICES)}
for module in ("chassis.http.idempotency", "chassis.dead_letters", *(f"{owner}.app" for owner in OWNERS - {"chassis"})):
    importlib.import_module(module)
CLASSES = [cls for cls in errors.catalogue() if cls.__module__.split(".")[0] in OWNERS]
OWN = [cls for cls in CLASSES if cls.__module__ != "chassis.errors"]
PERSONAL = {"email", "phone", "name", "personal_number", "token", "organisation_number"}


def test_a_code_means_one_thing_in_the_whole_suite():
    seen = {}
    for cls in OWN:
        assert seen.setdefault(cls.code, cls) is cls, f"{cls.code}: {cls} and {seen[cls.code]}"


def test_every_error_of_a_service_has_a_code_and_texts_of_its_own():
    for cls in OWN:
        assert "code" in vars(cls), cls
        assert "sv" in vars(cls), cls
        assert "en" in vars(cls), cls
        assert cls.sv != cls.en, cls


def test_both_languages_use_the_same_parameters_and_none_that_is_personal():
    def parameters(texts):
        return {field for text in texts for _, field, _, _ in string.Formatter().parse(text) if field}

    for cls in OWN:
        assert parameters(cls.sv) == parameters(cls.en), cls
        assert not parameters(cls.sv) & PERSONAL, cls
