"""A real OpenID provider, with somebody between who can spoil its answers."""

import base64
import json
import subprocess
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from chassis.testing import wait_for
from devservers.ports import answers, free_ports
from identity.app import create_app

OK = 200
NAMED = {"name": "Karin Test Persson", "https://id.oidc.se/claim/personalIdentityNumber": "199908072391"}


@pytest.fixture(scope="session")
def provider():
    """A provider from PyPI, in a process of its own; its address."""
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: answers(port), timeout=20)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


class Between:
    """Passes everything on to the provider, remembers what was asked, and can change what is answered."""

    def __init__(self, provider):
        self.provider, self.asked, self.own_key = provider, [], RSAKey.generate_key(2048, {"kid": "between"})
        self.reset()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.pass_on(self)

            do_POST = do_GET  # noqa: N815 - the library's name

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reset(self):
        self.asked.clear()
        self.down, self.keys, self.edit, self.answer = False, None, None, {}

    def pass_on(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path = handler.path.partition("?")[0]
        self.asked.append((path, dict(handler.headers), body.decode()))
        if self.down:
            handler.close_connection = True
            return
        status, content, location = self.answer.get(path) or self.ask(handler, body)
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        if location:
            handler.send_header("Location", location)
        handler.end_headers()
        handler.wfile.write(content)

    def ask(self, handler, body):
        headers = {name: value for name, value in handler.headers.items() if name.lower() != "content-length"}
        with httpx2.Client(trust_env=False, timeout=10) as http:
            found = http.request(handler.command, self.provider + handler.path, content=body, headers=headers)
        content = found.content
        if handler.path.startswith("/jwks") and self.keys is not None:
            content = json.dumps({"keys": self.keys}).encode()
        if handler.path.startswith("/oauth2/token") and self.edit is not None and found.status_code == OK:
            said = json.loads(content)
            claims = json.loads(unpadded(said["id_token"].split(".")[1]))
            self.edit(claims)
            said["id_token"] = self.sign(claims)
            content = json.dumps(said).encode()
        return found.status_code, content, found.headers.get("Location")

    def sign(self, claims):
        return jwt.encode({"alg": "RS256", "kid": "between"}, claims, self.own_key)

    def trust(self, edit):
        """From now on id tokens are edited, and signed with a key that the provider's key set names."""
        self.keys, self.edit = [self.own_key.as_dict(private=False)], edit

    def forms(self, path):
        return [parse_qs(body) for asked, _, body in self.asked if asked == path]


def unpadded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.fixture(scope="session")
def between_all(provider):
    made = Between(provider)
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def between(between_all):
    between_all.reset()
    return between_all


@pytest.fixture
def settings(settings, between_all):
    return replace(
        settings,
        oidc_issuer=between_all.issuer,
        oidc_client_id="minasidor",
        oidc_client_secret="a secret",
        oidc_name_sv="Exempel-legitimation",
        oidc_name_en="Example e-ID",
    )


@pytest.fixture
def make_app(database, bankid):
    made = []

    def make(settings):
        app = create_app(settings, bankid=bankid)
        app.extensions["chassis"].make_database = lambda _settings: database
        made.append(app)
        return app

    yield make
    for app in made:
        client = app.extensions["chassis"].extensions["oidc"]
        if client is not None:
            client.close()


@pytest.fixture
def app(settings, make_app):
    return make_app(settings)


@pytest.fixture
def go(provider):
    """``go(browser, claims)``: begin, be somebody at the provider, and come back with its parameters."""

    def run(browser, claims=NAMED, *, action=None, **more):
        started = browser.send("POST", "/oidc-logins", more)
        assert started.status_code == 201, started.text
        with httpx2.Client(trust_env=False) as http:
            http.put(f"{provider}/users/somebody", json=claims).raise_for_status()
            form = {"sub": "somebody"} if action is None else {"action": action}
            sent = http.post(started.json["authorization_url"], data=form)
        assert sent.status_code == 302, sent.text
        back = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}
        asked = parse_qs(urlsplit(started.json["authorization_url"]).query)
        return {"state": asked["state"][0]} | {name: back[name] for name in ("code", "error") if name in back}

    return run
