"""What runs inside containers beside the services: the health probe, and the script that keeps nginx up to date."""

import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chassis import probe
from chassis.testing import wait_for

ROOT = Path(__file__).resolve().parents[2]
FAKE_NGINX = f"""#!{sys.executable}
# Takes its signals one by one: what a shell starts in the background would ignore SIGQUIT.
import os, signal

told = os.environ["TOLD"]

def say(word):
    with open(told + "/said", "a") as file:
        print(word, file=file)

signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGHUP, signal.SIGQUIT}})
say("start")
while (heard := signal.sigwait({{signal.SIGHUP, signal.SIGQUIT}})) != signal.SIGQUIT or os.path.exists(told + "/deaf"):
    if heard == signal.SIGQUIT:
        os.remove(told + "/deaf")
    else:
        say("reload")
say("quit")
"""
FAKE_GETENT = """#!/bin/sh
echo "$*" >>"$TOLD/asked"
cat "$TOLD/addresses"
"""


class Answering(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path.removeprefix("/")))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def port():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (204, True), (302, False), (404, False), (503, False)])
def test_only_success_is_healthy(port, status, healthy):
    assert probe.answers(f"http://127.0.0.1:{port}/{status}") is healthy


def test_nobody_there_is_not_healthy():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        port = server.server_port
    assert probe.answers(f"http://127.0.0.1:{port}/200", timeout=1) is False


@pytest.fixture
def watched(tmp_path):
    """The script with an nginx and a resolver that do as they are told."""
    programs, folder = tmp_path / "bin", tmp_path / "nginx"
    (folder / "logs").mkdir(parents=True)
    programs.mkdir()
    for name, text in (("nginx", FAKE_NGINX), ("getent", FAKE_GETENT)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    (folder / "nginx.conf").write_text(
        "upstream billing {\n    server billing-web:8000 max_conns=64;\n}\n"
        "upstream policy {\n    server gateway:8000;\n}\nserver {\n    server_name localhost;\n}\n"
    )
    (tmp_path / "addresses").write_text("10.0.0.1 STREAM billing-web\n")
    environ = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "TOLD": str(tmp_path)}
    # As in a container. A shell that ran these tests in its background would have them ignore it, and all they start.
    kept = signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    process = subprocess.Popen(
        ["sh", str(ROOT / "deploy/compose/nginx"), str(folder)], env=environ, stderr=subprocess.DEVNULL
    )
    signal.signal(signal.SIGQUIT, kept)
    yield process, tmp_path
    if process.poll() is None:
        process.terminate()
    process.wait(10)


def said(folder):
    path = folder / "said"
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.slow
def test_nginx_reloads_when_an_address_changes_and_only_then(watched):
    _, folder = watched
    wait_for(lambda: said(folder), timeout=15)
    wait_for(lambda: (folder / "asked").exists() and len((folder / "asked").read_text().splitlines()) >= 3, timeout=15)
    assert set((folder / "asked").read_text().splitlines()) == {"ahostsv4 billing-web gateway"}
    assert said(folder) == ["start"]
    (folder / "addresses").write_text("10.0.0.1 STREAM billing-web\n10.0.0.2 STREAM billing-web\n")
    wait_for(lambda: "reload" in said(folder), timeout=15)
    assert said(folder).count("reload") == 1


def test_nginx_is_asked_to_finish_what_it_has_begun(watched):
    process, folder = watched
    wait_for(lambda: said(folder), timeout=15)
    process.send_signal(signal.SIGQUIT)
    process.wait(15)
    assert said(folder)[-1] == "quit"


@pytest.mark.slow
def test_an_nginx_that_was_only_starting_is_asked_again(watched):
    process, folder = watched
    (folder / "deaf").touch()
    wait_for(lambda: said(folder), timeout=15)
    process.send_signal(signal.SIGTERM)
    process.wait(15)
    assert said(folder)[-1] == "quit"
