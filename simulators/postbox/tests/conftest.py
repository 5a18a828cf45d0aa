"""One real process on free ports for all the tests; reset before each."""

import os
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import httpx2 as httpx
import pytest

from sim_postbox.control import Control

ACCOUNT = ("test-account", "test-account-password")


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[bytes]
    url: str
    smtp_port: int
    log: Path


class Processes:
    """Starts the postbox as a developer does, and stops what it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[Running] = []

    def launch(self, **settings: str) -> Running:
        ports = []
        for _ in range(2):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                ports.append(probe.getsockname()[1])
        environ = {
            **os.environ,
            "SIM_POSTBOX_BIND": f"127.0.0.1:{ports[0]}",
            "SIM_POSTBOX_SMTP": f"127.0.0.1:{ports[1]}",
            "SIM_POSTBOX_SMS_USERNAME": ACCOUNT[0],
            "SIM_POSTBOX_SMS_PASSWORD": ACCOUNT[1],
            "SIM_POSTBOX_RETRY_SECONDS": "0.01",
            **settings,
        }
        log = self.folder / f"log-{len(self.running)}"
        with log.open("wb") as out:
            command = [sys.executable, "-m", "sim_postbox"]
            process = subprocess.Popen(command, env=environ, stdout=out, stderr=out)
        started = Running(process, f"http://127.0.0.1:{ports[0]}", ports[1], log)
        self.running.append(started)
        return started

    def start(self, **settings: str) -> Running:
        started = self.launch(**settings)
        Control(started.url).wait_ready()
        return started

    def stop(self) -> None:
        for running in self.running:
            running.process.terminate()
        for running in self.running:
            try:
                running.process.wait(10)
            except subprocess.TimeoutExpired:
                running.process.kill()
                running.process.wait()


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    processes = Processes(tmp_path_factory.mktemp("sim-postbox"))
    yield processes
    processes.stop()


@pytest.fixture(scope="session")
def running(processes: Processes) -> Running:
    return processes.start()


@pytest.fixture
def box(running: Running) -> Iterator[Control]:
    box = Control(running.url)
    box.reset()
    yield box
    box.reset()


@pytest.fixture
def http(running: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, timeout=10, trust_env=False) as http:
        yield http


def make_mail(
    to: str = "anna@example.com",
    subject: str = "Välkommen till Mina sidor",
    text: str = "Hej Åsa!\nÖppna https://localhost:8080/inbjudan/abc123.\n",
    message_id: str = "<one@minasidor.example>",
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Mina sidor <no-reply@minasidor.example>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Message-ID"] = message_id
    mail.set_content(text)
    return mail


@pytest.fixture
def mail() -> Callable[..., EmailMessage]:
    return make_mail


@pytest.fixture
def send(running: Running, box: Control) -> Callable[..., dict[str, tuple[int, bytes]]]:
    def send(mail: EmailMessage | None = None, **parts: str) -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP("127.0.0.1", running.smtp_port, timeout=10) as smtp:
            return smtp.send_message(mail or make_mail(**parts))

    return send


@pytest.fixture
def sms(http: httpx.Client, box: Control) -> Callable[..., httpx.Response]:
    def sms(to: str = "+46701740605", message: str = "Hej", **more: str) -> httpx.Response:
        form = {"from": "MinaSidor", "to": to, "message": message} | more
        return http.post("/a1/sms", data=form, auth=ACCOUNT)

    return sms


class Webhook:
    """Our end of the delivery webhook: answers with `statuses` in turn, then 204."""

    def __init__(self) -> None:
        self.calls: list[dict[str, str]] = []
        self.authorizations: list[str | None] = []
        self.statuses: list[int] = []
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                webhook.authorizations.append(self.headers["Authorization"])
                status = webhook.statuses.pop(0) if webhook.statuses else 204
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                webhook.calls.append(dict(parse_qsl(body)))

            def log_message(self, *_args: object) -> None:
                """Keep the tests' output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}/dlr"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    webhook = Webhook()
    yield webhook
    webhook.close()
