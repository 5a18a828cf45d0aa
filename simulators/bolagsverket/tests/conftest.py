"""One real process on a free port for all the tests; reset before each."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from sim_bolagsverket.control import Control

CLIENT = ("test-client", "test-client-secret")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Processes:
    """Starts the stand-in as a developer does, and stops what it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> tuple[subprocess.Popen[bytes], str]:
        bind = f"127.0.0.1:{free_port()}"
        environ = {
            **os.environ,
            "SIM_BOLAGSVERKET_BIND": bind,
            "SIM_BOLAGSVERKET_CLIENT_ID": CLIENT[0],
            "SIM_BOLAGSVERKET_CLIENT_SECRET": CLIENT[1],
        }
        log = self.folder / f"log-{len(self.running)}"
        with log.open("wb") as out:
            command = [sys.executable, "-m", "sim_bolagsverket"]
            process = subprocess.Popen(command, env=environ, stdout=out, stderr=out)
        self.running.append(process)
        Control(f"http://{bind}").wait_ready()
        return process, f"http://{bind}"

    def stop(self) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    processes = Processes(tmp_path_factory.mktemp("sim-bolagsverket"))
    yield processes
    processes.stop()


@pytest.fixture(scope="session")
def base_url(processes: Processes) -> str:
    return processes.start()[1]


@pytest.fixture
def control(base_url: str) -> Iterator[Control]:
    control = Control(base_url)
    control.reset()
    yield control
    control.reset()


class Api:
    """A caller with a token, as Minasidor's adapter is one."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.token = self.new_token()

    def ask_token(self, **form: str) -> httpx.Response:
        given = {
            "grant_type": "client_credentials",
            "client_id": CLIENT[0],
            "client_secret": CLIENT[1],
            "scope": "foretagsinformation:read",
        }
        return self.http.post("/oauth2/token", data=given | form)

    def new_token(self, **form: str) -> str:
        answer = self.ask_token(**form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {self.token}"}
        url = f"/foretagsinformation/v4/{path}"
        return self.http.post(url, json=body, headers=bearer | headers)

    def may_sign(self, person: str, company: str) -> httpx.Response:
        body = {
            "funktionarIdentitetsbeteckning": person,
            "organisationIdentitetsbeteckning": company,
        }
        return self.post("firmateckningsalternativ", body)

    def verdict(self, person: str, company: str) -> dict[str, object]:
        answer = self.may_sign(person, company)
        assert answer.status_code == 200, answer.text
        [information] = answer.json()["firmateckningInformation"]
        return dict(information["firmateckningssvar"])


@pytest.fixture
def api(base_url: str, control: Control) -> Iterator[Api]:
    with httpx.Client(base_url=base_url, timeout=5, trust_env=False) as http:
        api = Api(http)
        control.forget_calls()
        yield api
