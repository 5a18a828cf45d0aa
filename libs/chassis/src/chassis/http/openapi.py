"""OpenAPI 3.1 from the same declarations, with our problems instead of the library's errors."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Flask
from flask_smorest import Api

from chassis.http import problems

VERSION = "1.0.0"


class ProblemField(ma.Schema):
    """One field that must be mended."""

    field = ma.fields.String(required=True, metadata={"description": "Path of the field, for example `lines.0.price`"})
    detail = ma.fields.String(required=True)


class Problem(ma.Schema):
    """RFC 9457."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    instance = ma.fields.String(required=True)
    code = ma.fields.String(required=True, metadata={"description": "Stable code, see the error catalogue"})
    errors = ma.fields.List(ma.fields.Nested(ProblemField))
    params = ma.fields.Dict(
        keys=ma.fields.String(), metadata={"description": "The facts that the detail was made of, by name"}
    )


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest with RFC 9457 problems, at run time and in the document."""

    ERROR_SCHEMA = Problem

    def _register_responses(self) -> None:
        self.spec.components.schema("Problem", schema=Problem)
        response = {
            "description": "Problem (RFC 9457)",
            "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        self.spec.components.response("Problem", response)
        for name in ("DEFAULT_ERROR", "UNPROCESSABLE_CONTENT", "UNPROCESSABLE_ENTITY"):
            self.spec.components.response(name, response)

    def _register_error_handlers(self) -> None:
        """``chassis.app`` handles every error itself."""


def configure(app: Flask, service: str, title: str) -> ProblemApi:
    """Set flask-smorest up for this service."""
    app.config.update(
        API_TITLE=title,
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {
                "description": (
                    f"Tjänsten {service} i Minasidor, genom gatewayen på `/api/{service}`. Fel kommer som "
                    "application/problem+json på svenska eller engelska (Accept-Language).\n\n"
                    f"The service {service} of Minasidor, through the gateway at `/api/{service}`. Errors are "
                    "application/problem+json in Swedish or English (Accept-Language)."
                ),
                "contact": {"name": "Minasidor"},
                "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
            },
            "servers": [{"url": f"/api/{service}"}],
            "security": [{"session": []}],
        },
    )
    api = ProblemApi(app)
    api.spec.components.security_scheme(
        "session",
        {"type": "apiKey", "in": "cookie", "name": "__Host-sid", "description": "Session after login with BankID"},
    )
    api.spec.components.parameter(
        "IdempotencyKey",
        "header",
        {
            "name": "Idempotency-Key",
            "required": True,
            "description": "A new UUID for every new action; repeat it when you retry.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        },
    )
    return api


def document(api: ProblemApi) -> dict[str, Any]:
    """The finished document: problem answers on each operation, no addresses of this machine."""
    spec: dict[str, Any] = api.spec.to_dict()
    for operations in spec["paths"].values():
        for operation in operations.values():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            operation["responses"].pop("default", None)
            statuses = operation.pop("x-problem-statuses", [])
            if "requestBody" in operation or operation.get("parameters"):
                statuses = sorted({*statuses, 422})
            for status in statuses:
                operation["responses"][str(status)] = {"$ref": "#/components/responses/Problem"}
    for name in ("DEFAULT_ERROR", "UNPROCESSABLE_CONTENT", "UNPROCESSABLE_ENTITY"):
        spec["components"].get("responses", {}).pop(name, None)
    for name in ("Error", "PaginationMetadata"):
        spec["components"].get("schemas", {}).pop(name, None)
    return spec
