"""The generated files: nginx accepts them, they are current, and they say what the chassis says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from openapi_spec_validator import validate

from chassis import gunicorn
from chassis import settings as chassis_settings
from chassis.cli import app_module
from chassis.errors import catalogue
from chassis.http import problems
from chassis.settings import SettingsError, load
from chassis.telemetry import traced
from gateway import nginx, routes
from gateway.nginx import maps
from gateway.nginx.text import path_of, quoted
from gateway.schemas.answers import Grant, Session
from gateway.schemas.problems import PROBLEMS, REFUSALS
from gateway.schemas.routes import Operation, RouteTable
from gateway.settings import SERVICES, Settings
from gateway.upstreams import MAX_IDLE


def settings(**changes: str) -> Settings:
    values = {f"GATEWAY_UPSTREAM_{name.upper().replace('-', '_')}": f"unix:/run/{name}.sock" for name in SERVICES}
    values |= {"GATEWAY_BIND": "unix:/run/policy.sock", "GATEWAY_LISTEN": "127.0.0.1:1"}
    return load(Settings, "gateway", values | {f"GATEWAY_{name.upper()}": value for name, value in changes.items()})


def checked(folder: Path, conf: Settings) -> subprocess.CompletedProcess[str]:
    nginx.write(conf, folder)
    return subprocess.run([*nginx.command(conf, folder), "-t"], capture_output=True, text=True, check=False)


class TestNginxAccepts:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"upstream_portal": "127.0.0.1:8086", "static_folder": "/srv/static", "listen_portal": "unix:/run/in.sock"},
            {"rate_default": "off", "rate_address": "off", "rate_login": "off", "connections_per_address": "0"},
            {"rate_default": "5r/s+0", "nginx_workers": "1", "hosts": "mina.example,[::1]"},
            {"upstream_billing": "10.0.0.1:8000,10.0.0.2:8000,[fd00::1]:8000", "upstream_orders": ""},
            {"trusted_proxies": "10.0.0.0/8,fd00::/8", "public_url": "https://mina.example"},
        ],
    )
    def test_the_configuration_of_the_real_routes(self, tmp_path, changes):
        done = checked(tmp_path / "nginx", settings(cache_folder=str(tmp_path / "cache"), **changes))
        assert done.returncode == 0, done.stderr
        assert "[warn]" not in done.stderr
        assert "[emerg]" not in done.stderr

    def test_everything_is_inside_the_folder(self, tmp_path):
        done = checked(tmp_path / "nginx", settings(cache_folder=str(tmp_path / "nginx/cache")))
        assert done.returncode == 0
        text = (tmp_path / "nginx" / nginx.CONF).read_text()
        for path in re.findall(r'(?:_path|_log|pid|root) "?(/[^" ;]+)', text):
            assert path.startswith(str(tmp_path)), path

    def test_the_cache_is_nobody_elses_to_read(self, tmp_path):
        conf = settings(cache_folder=str(tmp_path / "cache"))
        nginx.write(conf, tmp_path / "nginx")
        assert (tmp_path / "cache").stat().st_mode & 0o077 == 0

    def test_without_a_setting_the_cache_is_in_memory_where_there_is_any(self, tmp_path, monkeypatch):
        monkeypatch.setattr(nginx, "SHARED_MEMORY", tmp_path)
        assert nginx.cache_folder(settings(), tmp_path / "x").parent == tmp_path
        monkeypatch.setattr(nginx, "SHARED_MEMORY", tmp_path / "nothing")
        assert nginx.cache_folder(settings(), tmp_path / "x") == tmp_path / "x" / "cache"

    def test_the_command_line_writes_and_prints_how_to_start(self, tmp_path):
        environ = {
            "GATEWAY_BIND": "unix:/run/p.sock",
            "GATEWAY_CACHE_FOLDER": str(tmp_path / "cache"),
            "GATEWAY_NGINX": "/x/nginx",
        }
        call = [sys.executable, "-m", "gateway.nginx", "--out", str(tmp_path / "out")]
        done = subprocess.run(call, env=environ, capture_output=True, text=True, check=True)
        assert done.stdout.startswith(f"/x/nginx -p {tmp_path}/out/ -c {tmp_path}/out/nginx.conf -e ")
        done = subprocess.run(
            call, env=environ | {"GATEWAY_RATE_LOGIN": "many"}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 78
        assert "GATEWAY_RATE_LOGIN" in done.stderr
        assert "Traceback" not in done.stderr


class TestTheServicesWeAsk:
    @pytest.mark.parametrize(
        ("service", "path", "question", "answer"),
        [
            ("identity", "/v1/internal/sessions", {"token", "background", "seal_for"}, Session),
            ("org-registry", "/v1/internal/grants", {"person_id", "account_id"}, Grant),
        ],
    )
    def test_answer_what_the_gateway_reads(self, service, path, question, answer):
        groups = app_module(service).ROUTES
        route = next(
            route
            for group in groups
            for route in group.routes
            if (route.method, group.prefix + route.path) == ("POST", path)
        )
        assert (route.access.kind, route.access.scope) == ("internal", "gateway")
        assert question <= set(route.body().fields)
        assert set(answer.__struct_fields__) <= set(route.answer().fields)


class TestConnections:
    def test_idle_connections_never_use_up_what_a_service_accepts(self):
        # A gthread worker counts idle connections; were they all it accepts, a new one would wait until one is closed.
        conf = settings()
        accepted = gunicorn.options(load(chassis_settings.Settings, "identity", {"IDENTITY_DATABASE_URL": "x"}))
        assert conf.nginx_workers * conf.keepalive + MAX_IDLE < accepted["worker_connections"]
        text = nginx.render(conf, Path("/x"), RouteTable([]))
        policy = int(re.search(r"upstream policy \{.*?keepalive (\d+);", text, re.DOTALL)[1])
        assert conf.nginx_workers * policy < gunicorn.options(conf)["worker_connections"]


class TestSettings:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"rate_default": "20"}, "GATEWAY_RATE_DEFAULT"),
            ({"rate_login": "0r/m+5"}, "GATEWAY_RATE_LOGIN"),
            ({"upstream_billing": "unix:/a b"}, "GATEWAY_UPSTREAM_BILLING"),
            ({"upstream_identity": "localhost"}, "GATEWAY_UPSTREAM_IDENTITY"),
            ({"listen": "127.0.0.1:80; include /etc/passwd"}, "GATEWAY_LISTEN"),
            ({"hosts": "evil test"}, "GATEWAY_HOSTS"),
            ({"tls_certificate": "/x"}, "belong together"),
        ],
    )
    def test_what_nginx_would_misread_is_refused_by_name(self, changes, message):
        with pytest.raises(SettingsError, match=message):
            settings(**changes)

    def test_origins_are_our_names_with_the_public_port_and_nothing_else(self):
        conf = settings(public_url="https://mina.example", hosts="www.mina.example")
        assert conf.origins == {"https://mina.example", "https://www.mina.example"}
        conf = settings(public_url="http://localhost:8080", environment="development")
        assert conf.origins == {"http://localhost:8080", "http://127.0.0.1:8080"}

    def test_paths_and_texts_cannot_break_out(self):
        assert quoted("it's \\ fine") == "'it\\'s \\\\ fine'"
        for path in ('/a"b', "/a;b", "/a$b", "/a{b"):
            with pytest.raises(ValueError, match="cannot use the path"):
                path_of(Path(path))

    def test_an_unknown_rate_class_stops_the_generation(self):
        table = RouteTable([Operation(service="x", name="x", method="POST", path="/v1/x", access="public", rate="odd")])
        with pytest.raises(ValueError, match="no rate limit class called odd"):
            maps.render(settings(), table)


class TestProblems:
    @pytest.mark.parametrize("locale", ["sv", "en"])
    def test_nginx_says_a_refusal_exactly_as_the_chassis_would(self, locale):
        app = Flask("test")
        known = {problem.code: problem for problem in PROBLEMS}
        for cls in REFUSALS:
            error = cls()
            with (
                app.test_request_context(headers={"Accept-Language": locale}),
                traced("$correlation_id"),
                traced("an-id"),
            ):
                g.locale = None
                wanted = problems.from_domain(error)
            problem = known[error.code]
            shown = json.loads(maps._body(problem, *(problem.en if locale == "en" else problem.sv)))
            shown["instance"] = "urn:minasidor:request:an-id"
            assert shown == json.loads(wanted.get_data())
            assert problem.status == wanted.status_code

    def test_codes_are_unique_and_texts_hold_no_nginx_variables(self):
        codes = [problem.code for problem in PROBLEMS]
        assert len(codes) == len(set(codes))
        for problem in PROBLEMS:
            assert not {"$", "{", "}", '"'} & set("".join((*problem.sv, *problem.en)))
            assert all((*problem.sv, *problem.en))

    def test_what_the_policy_can_raise_nginx_can_show(self):
        shown = {problem.code for problem in PROBLEMS}
        ours = {cls.code for cls in catalogue() if cls.__module__.startswith("gateway.")}
        assert ours <= shown


class TestRoutes:
    def test_the_committed_table_and_document_are_current(self):
        hint = "run: python -m gateway.routes --write"
        assert routes.PATH.read_text(encoding="utf-8") == routes.text(), hint
        assert routes.OPENAPI_PATH.read_text(encoding="utf-8") == routes.openapi_text(), hint

    def test_no_internal_route_is_in_them(self):
        table = json.loads(routes.PATH.read_text())
        for rows in table.values():
            assert all(row["access"] != "internal" and row["path"].startswith("/v1/") for row in rows)
        assert not [path for path in json.loads(routes.OPENAPI_PATH.read_text())["paths"] if "/internal" in path]

    def test_the_merged_document_is_a_valid_one(self):
        validate(json.loads(routes.OPENAPI_PATH.read_text()))

    def test_documents_are_merged_without_mixing_up_what_has_the_same_name(self):
        def document(title: str) -> dict[str, Any]:
            answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
            return {
                "openapi": "3.1.0",
                "paths": {
                    "/v1/things": {"get": {"operationId": "things", "responses": {"200": answer}}},
                    "/internal/x": {
                        "post": {"operationId": "x", "x-access": {"kind": "internal"}, "responses": {"200": answer}}
                    },
                },
                "components": {"schemas": {"Thing": {"title": title}, "Problem": {"title": "shared"}}},
            }

        merged = routes.merge({"a": document("one"), "b": document("two")})
        assert set(merged["paths"]) == {"/api/a/v1/things", "/api/b/v1/things"}
        assert merged["components"]["schemas"] == {
            "a.Thing": {"title": "one"},
            "b.Thing": {"title": "two"},
            "Problem": {"title": "shared"},
        }
        operation = merged["paths"]["/api/b/v1/things"]["get"]
        assert operation["operationId"] == "b.things"
        reference = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        assert reference == "#/components/schemas/b.Thing"
