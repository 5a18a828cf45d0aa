"""For tests, here and elsewhere: the stand-in as a process on free ports."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sim_spar.control import Control

STOP_SECONDS = 10


@dataclass(frozen=True)
class Simulator:
    """A running process: `url` is the register's own address."""

    process: subprocess.Popen[bytes]
    url: str
    control: Control


def _free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def running(settings: Mapping[str, str] | None = None) -> Iterator[Simulator]:
    """A process, stopped at the end. With TLS in `settings` the control interface has an address of its own."""
    told = dict(settings or {})
    bind = control = _free_address()
    scheme = "http"
    if "SIM_SPAR_TLS_CERT" in told:
        scheme, control = "https", _free_address()
        told["SIM_SPAR_CONTROL_BIND"] = control
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SIM_SPAR_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "sim_spar"],
        env=environ | told | {"SIM_SPAR_BIND": bind},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        tester = Control(f"http://{control}")
        tester.wait_ready()
        yield Simulator(process, f"{scheme}://{bind}/2023.1/", tester)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
