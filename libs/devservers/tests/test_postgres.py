"""The private PostgreSQL: who gets in, what is kept, what is left behind."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import psycopg
import pytest

from devservers import databases, places, ports
from devservers.errors import ServerError
from devservers.given import PostgresServer
from devservers.postgres import Postgres


def test_each_role_opens_its_own_database_only(postgres_server: PostgresServer) -> None:
    mine = postgres_server.create("own_a", password="secret-a")
    other = postgres_server.create("own_b", password="secret-b")
    with psycopg.connect(mine) as connection:
        row = connection.execute("SELECT current_user, current_database()").fetchone()
    assert row == ("own_a", "own_a")
    for closed in ("own_b", "postgres", "template1"):
        foreign = databases.with_database(mine, closed, "own_a", "secret-a")
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(foreign)
    assert other != mine


def test_a_wrong_password_is_refused(postgres_server: PostgresServer) -> None:
    url = postgres_server.create("own_c", password="right")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace("right", "wrong"))


def test_ensure_is_idempotent_and_sets_the_new_password(postgres_server: PostgresServer) -> None:
    first = postgres_server.create("own_d", password="first")
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    second = postgres_server.create("own_d", password="second/with:odd@signs")
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(first)


def test_a_dropped_database_is_gone_although_somebody_was_connected(
    postgres_server: PostgresServer,
) -> None:
    url = postgres_server.create("own_e")
    with psycopg.connect(url):
        postgres_server.drop("own_e")
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(url)


def test_data_survives_a_restart_on_another_port_and_nothing_is_left(place: Path) -> None:
    folder = place / "with a blank"
    with Postgres(folder, durable=False) as server:
        url, port = server.create("kept"), server.port
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE t AS SELECT 'Åsa' AS name")
            assert connection.execute("SELECT upper(name) FROM t").fetchone() == ("ÅSA",)
        pid = server.pid
        assert pid is not None
    assert ports.is_free(port)
    assert not Path(f"/proc/{pid}").exists()
    assert not (server.data / "postmaster.pid").exists()
    with Postgres(folder, durable=False) as again:
        assert again.port != port
        with psycopg.connect(again.create("kept")) as connection:
            assert connection.execute("SELECT name FROM t").fetchone() == ("Åsa",)


def test_only_loopback_listens_and_the_password_is_private(place: Path) -> None:
    with Postgres(place / "pg", durable=False) as server:
        mode = stat.S_IMODE((place / "pg" / "admin-password").stat().st_mode)
        assert mode == 0o600
        assert server.password not in " ".join(server.command.argv)
        own = socket.gethostbyname(socket.gethostname())
        if not own.startswith("127."):
            assert not ports.answers(server.port, own)
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down to another user")
def test_root_steps_down_also_below_a_folder_the_other_user_cannot_enter(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    with Postgres(hidden / "pg", durable=False) as server:
        assert places.stand_in(hidden / "pg") in server.data.parents
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0
        assert stat.S_IMODE(hidden.stat().st_mode) == 0o700
    server.wipe()
    assert not places.stand_in(hidden / "pg").exists()


@pytest.mark.slow
def test_a_lost_password_means_a_new_cluster(place: Path) -> None:
    with Postgres(place / "pg", durable=False) as server:
        server.create("old")
    (place / "pg" / "admin-password").unlink()
    with (
        Postgres(place / "pg", durable=False) as server,
        psycopg.connect(server.url) as connection,
    ):
        rows = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'old'").fetchall()
    assert rows == []


@pytest.mark.slow
def test_a_stale_lock_file_of_another_process_does_not_hinder(place: Path) -> None:
    with Postgres(place / "pg", durable=False) as server:
        lock = server.data / "postmaster.pid"
        text = lock.read_text()
    lock.write_text(text.replace(text.split("\n", 1)[0], str(os.getpid()), 1))
    with Postgres(place / "pg", durable=False) as server:
        assert databases.answers(server.url)


@pytest.mark.slow
def test_a_taken_port_fails_with_the_servers_own_words(place: Path) -> None:
    with socket.socket() as taken:
        taken.bind((ports.LOOPBACK, 0))
        taken.listen()
        server = Postgres(place / "pg", port=taken.getsockname()[1], durable=False)
        with pytest.raises(ServerError, match="Address already in use"):
            server.start()
    assert server.pid is None
