"""Settings from the environment (`SIM_BANKID_*`); everything has a default."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_MAX_PORT = 65_535
_MAX_THREADS = 256


class SettingsError(Exception):
    """A setting is missing or wrong; the text names it."""


@dataclass(frozen=True)
class Bind:
    """An address to listen on."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What one simulator process is told.

    With `tls_cert` and `tls_key` the API speaks TLS; with `tls_client_ca` as well, a client
    without a certificate from that CA is refused in the handshake, as BankID does. A browser has
    no such certificate: `control_bind` then gives the control API and the page a plain address
    of their own.

    `signature_ca` is a file (PEM) that the root of the persons' certificates and its key are kept
    in, made at the first start; the certificate alone is beside it, as `<name>.crt.pem`. Without it
    every start has a root of its own.
    """

    bind: Bind = Bind("127.0.0.1", 8081)
    control_bind: Bind | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    rp_name: str = "Test av BankID"
    signature_ca: Path | None = None
    threads: int = 32

    @property
    def tls(self) -> bool:
        """Whether the API speaks TLS."""
        return self.tls_cert is not None


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings.

    Raises SettingsError when a file is missing, a pair is incomplete, or an address is not
    loopback: this program lets anybody be anybody and must never face a network. In a container
    (SIM_BANKID_IN_CONTAINER=true) the engine keeps the network away, and publishes on loopback.
    """
    env = os.environ if environ is None else environ
    own_network = (env.get("SIM_BANKID_IN_CONTAINER") or "").lower() in {"true", "1"}
    bind = _bind("SIM_BANKID_BIND", env.get("SIM_BANKID_BIND") or "127.0.0.1:8081", anywhere=own_network)
    control = env.get("SIM_BANKID_CONTROL_BIND")
    settings = Settings(
        bind=bind,
        control_bind=_bind("SIM_BANKID_CONTROL_BIND", control, anywhere=own_network) if control else None,
        tls_cert=_file("SIM_BANKID_TLS_CERT", env),
        tls_key=_file("SIM_BANKID_TLS_KEY", env),
        tls_client_ca=_file("SIM_BANKID_TLS_CLIENT_CA", env),
        rp_name=env.get("SIM_BANKID_RP_NAME") or Settings.rp_name,
        signature_ca=Path(env["SIM_BANKID_SIGNATURE_CA"]) if env.get("SIM_BANKID_SIGNATURE_CA") else None,
        threads=_count("SIM_BANKID_THREADS", env.get("SIM_BANKID_THREADS") or "32"),
    )
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingsError("SIM_BANKID_TLS_CERT and SIM_BANKID_TLS_KEY belong together")
    if settings.tls_client_ca is not None and not settings.tls:
        raise SettingsError("SIM_BANKID_TLS_CLIENT_CA needs SIM_BANKID_TLS_CERT and _KEY")
    return settings


def _bind(name: str, value: str, *, anywhere: bool = False) -> Bind:
    host, _, port = value.rpartition(":")
    host = host.strip("[]")
    if host == "localhost":
        host = "127.0.0.1"
    try:
        loopback = ipaddress.ip_address(host).is_loopback or anywhere
    except ValueError:
        loopback = False
    if not loopback:
        raise SettingsError(f"{name} must be a loopback address and a port, not {value!r}")
    if not (port.isascii() and port.isdigit() and int(port) <= _MAX_PORT):
        raise SettingsError(f"{name} has no valid port: {value!r}")
    return Bind(host, int(port))


def _file(name: str, env: Mapping[str, str]) -> Path | None:
    value = env.get(name)
    if not value:
        return None
    path = Path(value)
    if not path.is_file():
        raise SettingsError(f"{name}: no such file: {value}")
    return path


def _count(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= _MAX_THREADS):
        raise SettingsError(f"{name} must be a number from 1 to 256, not {value!r}")
    return int(value)
