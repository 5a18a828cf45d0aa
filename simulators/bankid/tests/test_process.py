"""The process: settings, start, threads, mutual TLS and a quick end."""

from __future__ import annotations

import os
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from sim_bankid.certificates import make_certificates
from sim_bankid.control import Control, ControlError
from sim_bankid.settings import SettingsError, load
from sim_bankid.testing import RelyingParty, Simulator, assert_error, running

AUTH = {"endUserIp": "198.51.100.7"}
KARIN = "199908072391"


# ---- settings
def test_defaults() -> None:
    settings = load({})
    assert (str(settings.bind), settings.tls, settings.control_bind) == (
        "127.0.0.1:8081",
        False,
        None,
    )


@pytest.mark.parametrize(
    ("value", "bind"),
    [("localhost:1", "127.0.0.1:1"), ("[::1]:8081", "[::1]:8081"), ("127.0.0.9:0", "127.0.0.9:0")],
)
def test_loopback_addresses(value: str, bind: str) -> None:
    assert str(load({"SIM_BANKID_BIND": value}).bind) == bind


@pytest.mark.parametrize(
    "environ",
    [
        {"SIM_BANKID_BIND": "0.0.0.0:8081"},
        {"SIM_BANKID_BIND": "192.0.2.1:8081"},
        {"SIM_BANKID_BIND": "bankid.example:8081"},
        {"SIM_BANKID_BIND": ":8081"},
        {"SIM_BANKID_BIND": "127.0.0.1"},
        {"SIM_BANKID_BIND": "127.0.0.1:70000"},
        {"SIM_BANKID_CONTROL_BIND": "0.0.0.0:1"},
        {"SIM_BANKID_THREADS": "many"},
        {"SIM_BANKID_TLS_CERT": "/nowhere/server.pem"},
        {"SIM_BANKID_TLS_CERT": __file__},
        {"SIM_BANKID_TLS_KEY": __file__},
        {"SIM_BANKID_TLS_CLIENT_CA": __file__},
    ],
)
def test_wrong_settings(environ: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="SIM_BANKID_"):
        load(environ)


def test_only_in_a_container_it_listens_elsewhere() -> None:
    inside = {"SIM_BANKID_BIND": "0.0.0.0:8081", "SIM_BANKID_IN_CONTAINER": "true"}
    assert str(load(inside).bind) == "0.0.0.0:8081"
    with pytest.raises(SettingsError, match="loopback"):
        load(inside | {"SIM_BANKID_IN_CONTAINER": "false"})


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sim_bankid", *arguments],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_a_wrong_setting_ends_the_process_with_a_word() -> None:
    ended = run(SIM_BANKID_BIND="0.0.0.0:8081")
    assert ended.returncode == 2
    assert "SIM_BANKID_BIND must be a loopback address" in ended.stderr


# ---- life and death
@pytest.mark.slow
def test_it_ends_quickly_even_with_calls_in_flight() -> None:
    with running() as simulator:
        control = Control(simulator.tester)
        control.fault("slow", "auth", seconds=60)
        with httpx2.Client(base_url=simulator.api, trust_env=False) as idle:
            RelyingParty(idle).post("collect", {"orderRef": "x"})
            with pytest.raises(httpx2.ReadTimeout):
                httpx2.post(f"{simulator.api}/rp/v6.0/auth", json=AUTH, timeout=0.1)
            simulator.process.terminate()
            simulator.process.wait(timeout=2.5)


def test_one_store_behind_many_threads(rp: RelyingParty, control: Control) -> None:
    """Thirty racing calls that name the same person: each one starts or ends an order."""

    def start(_: int) -> int:
        return rp.post("sign", body).status_code

    body = AUTH | {"userVisibleData": "SGVq", "requirement": {"personalNumber": KARIN}}
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(start, range(30)))
    assert sorted(set(answers)) == [200, 400]
    assert (answers.count(200), answers.count(400)) == (15, 15)
    assert control.orders("pending") == []


def test_one_result_for_racing_collectors(rp: RelyingParty, control: Control) -> None:
    order = rp.auth()
    control.approve(control.open(order["autoStartToken"], KARIN))
    body = {"orderRef": order["orderRef"]}
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: rp.post("collect", body).status_code, range(10)))
    assert sorted(answers) == [200] + [400] * 9


# ---- mutual TLS
@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    made = run("make-certificates", str(folder))
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def secured(folder: Path) -> Iterator[Simulator]:
    settings = {
        "SIM_BANKID_TLS_CERT": str(folder / "server.pem"),
        "SIM_BANKID_TLS_KEY": str(folder / "server.key"),
        "SIM_BANKID_TLS_CLIENT_CA": str(folder / "ca.pem"),
        "SIM_BANKID_CONTROL_BIND": "127.0.0.1:0",
    }
    with running(settings) as simulator:
        yield simulator


def tls(root: Path, certificate: Path | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(root / "ca.pem"))
    if certificate is not None:
        context.load_cert_chain(str(certificate / "rp.pem"), str(certificate / "rp.key"))
    return context


def connect(simulator: Simulator, context: ssl.SSLContext) -> httpx2.Client:
    return httpx2.Client(base_url=simulator.api, verify=context, trust_env=False, timeout=10)


def test_the_certificates_are_made_once_and_keys_are_private(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["ca.pem", "rp.key", "rp.pem", "server.key", "server.pem"]
    assert stat.S_IMODE((folder / "rp.key").stat().st_mode) == 0o600
    again = run("make-certificates", str(folder))
    assert again.returncode == 2
    assert "exists" in again.stderr


def test_a_known_client_is_served(secured: Simulator, folder: Path) -> None:
    with connect(secured, tls(folder, folder)) as client:
        order = RelyingParty(client).auth()
        control = Control(secured.tester)
        control.approve(control.open(order["autoStartToken"], KARIN))
        assert RelyingParty(client).completion(order)["user"]["personalNumber"] == KARIN


def test_a_client_without_a_certificate_is_refused(secured: Simulator, folder: Path) -> None:
    with (
        connect(secured, tls(folder)) as client,
        pytest.raises(httpx2.TransportError, match=r"(?i)certificate"),
    ):
        client.post("/rp/v6.0/auth", json=AUTH)


def test_a_client_with_a_strangers_certificate_is_refused(secured: Simulator, folder: Path, tmp_path: Path) -> None:
    make_certificates(tmp_path)
    context = tls(folder, tmp_path)
    with connect(secured, context) as client, pytest.raises(httpx2.TransportError):
        client.post("/rp/v6.0/auth", json=AUTH)


def test_the_client_refuses_another_root(secured: Simulator, folder: Path, tmp_path: Path) -> None:
    make_certificates(tmp_path)
    context = tls(tmp_path, folder)
    with (
        connect(secured, context) as client,
        pytest.raises(httpx2.ConnectError, match="CERTIFICATE"),
    ):
        client.post("/rp/v6.0/auth", json=AUTH)


def test_plain_http_gets_nothing_from_the_secured_address(secured: Simulator) -> None:
    with pytest.raises(httpx2.TransportError):
        httpx2.post(secured.api.replace("https", "http") + "/rp/v6.0/auth", json=AUTH)


def test_the_tester_has_an_address_of_its_own(secured: Simulator, folder: Path) -> None:
    assert Control(secured.tester).ready()
    assert httpx2.get(f"{secured.tester}/", trust_env=False).status_code == 200
    assert httpx2.post(f"{secured.tester}/rp/v6.0/auth", json=AUTH).status_code == 404
    with pytest.raises(ControlError, check=lambda error: error.status == 404):
        Control(secured.api, tls=tls(folder, folder)).orders()


def test_an_order_belongs_to_the_certificate_that_made_it(folder: Path, tmp_path: Path) -> None:
    """Two relying parties under the same roots: the other one's order does not exist."""
    other = make_certificates(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes((folder / "ca.pem").read_bytes() + other["ca.pem"].read_bytes())
    settings = {
        "SIM_BANKID_TLS_CERT": str(folder / "server.pem"),
        "SIM_BANKID_TLS_KEY": str(folder / "server.key"),
        "SIM_BANKID_TLS_CLIENT_CA": str(both),
    }
    with (
        running(settings) as simulator,
        connect(simulator, tls(folder, folder)) as one,
        connect(simulator, tls(folder, tmp_path)) as two,
    ):
        order = RelyingParty(one).auth()
        for endpoint in ("collect", "cancel"):
            response = RelyingParty(two).post(endpoint, {"orderRef": order["orderRef"]})
            assert_error(response, 400, "invalidParameters")
        assert RelyingParty(one).hint(order) == ("pending", "outstandingTransaction")
        assert Control(simulator.api, tls=tls(folder, folder)).ready()
