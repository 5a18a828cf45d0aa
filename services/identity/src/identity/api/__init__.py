"""The routes, and the client of BankID that their ``prepare`` steps use."""

from __future__ import annotations

from identity.api import (
    bindings,
    contacts,
    data_requests,
    internal,
    logins,
    oidc,
    registration,
    sessions,
    signing,
    staff,
)

ROUTES = [
    logins.routes,
    oidc.routes,
    sessions.routes,
    registration.routes,
    contacts.routes,
    data_requests.routes,
    signing.routes,
    bindings.routes,
    staff.routes,
    internal.routes,
]
