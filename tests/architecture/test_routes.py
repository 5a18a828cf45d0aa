"""Every route says who may call it, what it takes and what it answers."""

import importlib
import re

import pytest

from chassis import scopes
from contracts.catalogue import SERVICES

ROUTES = [
    (service, group, route)
    for service in SERVICES
    for group in importlib.import_module(f"{service.replace('-', '_')}.app").ROUTES
    for route in group.routes
]
IDS = [f"{service} {route.method} {group.prefix}{route.path}" for service, group, route in ROUTES]
READ = {"GET"}


@pytest.mark.parametrize(("service", "group", "route"), ROUTES, ids=IDS)
class TestRoute:
    def test_access_is_declared_and_its_scope_is_one_that_a_membership_can_hold(self, service, group, route):
        access = route.access
        if access.kind == "account":
            assert access.scope in scopes.ALL
            verb = access.scope.split(":")[1]
            assert (verb == "read") == (route.method in READ), "a read needs :read and a write another verb"
        if access.kind == "public":
            assert len(access.reason) > 10, "say why anybody may call it"
        if access.kind == "internal":
            assert route.path.startswith("/internal/"), "internal routes are closed at the gateway by their path"
        else:
            assert not route.path.startswith("/internal/")

    def test_the_path_follows_the_national_profile(self, service, group, route):
        assert group.prefix == "/v1"
        bare = re.sub(r"<[^>]+>", "id", route.path)
        assert bare == bare.lower()
        assert "_" not in bare
        assert not bare.endswith("/")
        assert "personal" not in bare, "no personal number in an address, ever"

    def test_what_creates_or_sends_is_idempotent_by_key(self, service, group, route):
        if route.method == "POST" and route.status == 201 and route.access.kind in {"account", "person"}:
            assert route.idempotent, "a retry must not do it twice"

    def test_it_is_documented_in_both_languages(self, service, group, route):
        assert route.summary_sv
        assert route.summary_en

    def test_every_error_has_texts_in_both_languages(self, service, group, route):
        for error in route.errors:
            assert error.code == error.code.lower()
            assert all(error.sv)
            assert all(error.en)


def test_operation_ids_are_unique_in_each_service():
    for service in SERVICES:
        names = [route.name for owner, _, route in ROUTES if owner == service]
        assert len(names) == len(set(names)), service
