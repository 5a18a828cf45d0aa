"""The routes, and the client of BankID that their ``prepare`` steps use."""

from __future__ import annotations

from identity.api import contacts, internal, logins, registration, sessions

ROUTES = [logins.routes, sessions.routes, registration.routes, contacts.routes, internal.routes]
