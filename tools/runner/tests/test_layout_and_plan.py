"""Ports, folders, secrets and the plan of processes."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.peers import WHO_ASKS
from contracts.catalogue import SERVICES
from devservers.ports import free_base
from runner import checks, keys, plan, state, suite, welcome
from runner.journey import staff
from runner.layout import OFFSETS, Layout, Misconfigured, PortPlan
from runner.output import Output
from runner.plan import Planner
from runner.program import ordered


@pytest.fixture(autouse=True)
def nothing_left_elsewhere(tmp_path: Path) -> Iterator[None]:
    yield
    Layout(tmp_path).wipe()  # pytest's folders are long: what must be short stands elsewhere


def planner(root: Path, **environ: str) -> Planner:
    layout = Layout(root)
    layout.make()
    return Planner(layout, {"PATH": "/usr/bin:/bin", **environ})


def test_all_ports_follow_from_one_setting() -> None:
    ports = PortPlan.load({"MINASIDOR_PORT": "9000"})
    assert (ports.gateway, ports.bankid, ports.postgres, ports.distribution) == (9000, 9001, 9010, 9014)
    assert PortPlan.load({}).gateway == 8080
    assert len({offset for offset, _ in OFFSETS.values()}) == len(OFFSETS)


@pytest.mark.parametrize("text", ["no", "-1", "0", "65530", "8080.5"])
def test_a_bad_port_is_named(text: str) -> None:
    with pytest.raises(Misconfigured, match="MINASIDOR_PORT"):
        PortPlan.load({"MINASIDOR_PORT": text})


def test_a_taken_port_is_named_with_its_use_and_the_setting(tmp_path: Path) -> None:
    base = free_base(20)
    with socket.socket() as other:
        other.bind(("127.0.0.1", base + 10))
        other.listen()
        output = Output(tmp_path / "log", quiet=True)
        with pytest.raises(Misconfigured, match=rf"port {base + 10} \(PostgreSQL\) is taken.*MINASIDOR_PORT"):
            suite.run(Layout(tmp_path), {"MINASIDOR_PORT": str(base)}, output, Planner.only_migrations)
        output.close()


def test_secrets_are_made_once_private_and_completed(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = keys.load(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(first["databases"]) == set(SERVICES)
    older = {name: value for name, value in first.items() if name != "notify_jwk"}
    older["databases"] = {"identity": "kept"}
    path.write_text(json.dumps(older))
    second = keys.load(path)
    assert second["databases"]["identity"] == "kept"
    assert second["gateway_jwk"] == first["gateway_jwk"]
    assert second["notify_jwk"]["crv"] == "X25519"
    assert keys.load(path) == second


def test_public_keys_hold_nothing_private(tmp_path: Path) -> None:
    secrets = keys.load(tmp_path / "secrets.json")
    for public in (keys.public_jwks(secrets["gateway_jwk"]), keys.public_jwk(secrets["notify_jwk"])):
        assert '"d"' not in public
        assert '"kid"' in public


def test_the_plan_has_no_ring_and_each_process_only_its_own_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "installed", lambda _module: True)
    maker = planner(tmp_path, MINASIDOR_RABBITMQ_API="http://boss:secret@localhost", PYTHONDONTWRITEBYTECODE="1")
    maker.servers.database_url = lambda service: f"postgresql://{service}"  # type: ignore[method-assign]
    maker.servers.amqp_url = lambda name: f"amqp://{name}"  # type: ignore[method-assign]
    programs = {program.name: program for program in ordered(maker.everything().programs)}
    for service in SERVICES:
        prefix = service.upper().replace("-", "_")
        web, worker = programs[f"{service}.web"].command, programs[f"{service}.worker"].command
        assert web is not None
        assert worker is not None
        told = web().env
        assert told[f"{prefix}_DATABASE_URL"] == f"postgresql://{service}"
        assert f"{prefix}_AMQP_URL" not in told  # a web process has no broker
        assert worker().env[f"{prefix}_AMQP_URL"] == f"amqp://{service}"
        others = {f"{name.upper().replace('-', '_')}_DATABASE_URL" for name in SERVICES if name != service}
        for environment in (told, worker().env):
            assert not others & environment.keys()
            assert not {"MINASIDOR_RABBITMQ_API", "PYTHONDONTWRITEBYTECODE"} & environment.keys()
            assert maker.secrets["gateway_jwk"]["d"] not in json.dumps(dict(environment))
        assert not (programs[f"{service}.worker"].after and "rabbitmq" in programs[f"{service}.web"].after)
    assert "topology" in programs["notify.worker"].after
    assert "topology" not in programs["notify.web"].after  # the broker may be down


def test_without_the_template_nothing_waits_for_it(tmp_path: Path) -> None:
    made = planner(tmp_path, MINASIDOR_ZYGOTE="0").everything()
    assert made.template is None
    assert all("template" not in program.after for program in made.programs)


def test_given_servers_take_no_ports_of_ours(tmp_path: Path) -> None:
    made = planner(
        tmp_path, MINASIDOR_POSTGRES_URL="postgresql://a@h/x", MINASIDOR_AMQP_URL="amqp://a:b@h/"
    ).everything()
    assert not {"postgres", "amqp", "epmd", "distribution"} & set(made.ports)
    assert all(program.command is None for program in made.programs if program.name in {"postgres", "rabbitmq"})


def test_a_damaged_state_file_is_no_state(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"phase": "re')
    assert state.read(tmp_path / "state.json") == {}
    assert state.runner_of({}) is None


def test_only_one_runner_per_checkout(tmp_path: Path) -> None:
    with state.only_one(tmp_path / "lock"), pytest.raises(state.AlreadyRunning), state.only_one(tmp_path / "lock"):
        pass
    with state.only_one(tmp_path / "lock"):
        pass


def test_output_as_json_keeps_what_services_say(tmp_path: Path) -> None:
    written = tmp_path / "out"
    with written.open("w") as to:
        output = Output(tmp_path / "log", as_json=True, to=to)
        output.line("identity.web", '{"event": "hej", "level": "info"}')
        output.line("nginx", "plain words")
        output.close()
    first, second = (json.loads(line) for line in written.read_text().splitlines())
    assert first == {"process": "identity.web", "event": "hej", "level": "info"}
    assert (second["process"], second["event"]) == ("nginx", "plain words")
    assert (tmp_path / "log" / "nginx.log").read_text() == "plain words\n"


def test_the_checks_fail_when_one_step_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    good = checks.Step("good", ("sh", "-c", f"echo good >>{ran}"))
    bad = checks.Step("bad", ("sh", "-c", f"echo bad >>{ran}; exit 4"))
    empty = checks.Step("empty", ("sh", "-c", "exit 5"), fine=(0, 5))
    for steps, expected in (([good, empty], 0), ([bad, good], 1)):
        monkeypatch.setattr(checks, "steps", lambda *_, chosen=steps, **__: chosen)
        assert checks.run(Layout(tmp_path), {"PATH": "/usr/bin:/bin"}, [], quick=False) == expected
    assert ran.read_text().split() == ["good", "bad", "good"]


def test_a_step_beside_another_runs_with_it_and_is_told_of_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("here", "there"):
        os.mkfifo(tmp_path / name)  # each waits until the other reads and writes
    first = checks.Step("first", ("sh", "-c", "echo >here; read _ <there; echo one"))
    beside = checks.Step("second", ("sh", "-c", "read _ <here; echo two; echo >there; exit 3"), beside=True)
    last = checks.Step("last", ("echo", "three"))
    monkeypatch.setattr(checks, "steps", lambda *_, **__: [first, beside, last])
    assert checks.run(Layout(tmp_path), {"PATH": "/usr/bin:/bin"}, [], quick=False) == 1
    said = capfd.readouterr().out
    places = [said.index(f"{text}\n") for text in ("one", "== second", "two", "three", "FAILED: second")]
    assert places == sorted(places)


def test_arguments_go_to_pytest_alone(tmp_path: Path) -> None:
    (only,) = checks.steps(tmp_path, ["-k", "x"], quick=False)
    assert only.argv[-2:] == ("-k", "x")
    names = [step.name for step in checks.steps(tmp_path, [], quick=False)]
    assert names[:3] == ["ruff check", "ruff format", "mypy"]
    assert [step.name for step in checks.steps(tmp_path, [], quick=True)] == ["tests, quick"]
    (quick,) = checks.steps(tmp_path, ["-k", "x"], quick=True)
    assert quick.name == "tests, quick"
    assert quick.argv[-2:] == ("-k", "x")


def test_wipe_removes_the_stand_ins_too(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "a path with blanks")
    layout.root.mkdir()
    layout.make()
    assert layout.short != layout.run
    assert " " not in str(layout.sockets)
    (layout.sockets / "x").touch()
    stand_in = layout.short
    layout.wipe()
    assert not stand_in.exists()
    assert not layout.run.exists()


def test_the_demos_member_of_staff_gets_her_roles_by_the_operators_command_and_is_named_at_the_end(
    tmp_path: Path,
) -> None:
    maker = planner(tmp_path)
    maker.servers.database_url = lambda service: f"postgresql://{service}"  # type: ignore[method-assign]
    [program] = [program for program in maker.everything().programs if program.name == "staff"]
    assert program.task
    assert program.command is not None
    command = program.command()
    assert staff.STAFF not in " ".join(command.argv), "a personal number never stands in a command line"
    assert command.env["IDENTITY_DATABASE_URL"] == "postgresql://identity"
    told = welcome.text(maker, detached=False)
    assert f"{staff.STAFF}  {staff.STAFF_NAME}" in told
    assert "customer-service" in told


def test_services_that_ask_identity_directly_have_each_a_key_of_their_own(tmp_path: Path) -> None:
    maker = planner(tmp_path)
    maker.servers.database_url = lambda service: f"postgresql://{service}"  # type: ignore[method-assign]
    maker.servers.amqp_url = lambda name: f"amqp://{name}"  # type: ignore[method-assign]
    programs = {program.name: program.command for program in maker.everything().programs if program.command}
    known = json.loads(programs["identity.web"]().env["IDENTITY_PEER_JWKS"])
    for asker in WHO_ASKS["identity"]:
        environment = programs[f"{asker}.web"]().env
        prefix = asker.upper().replace("-", "_")
        private = json.loads(environment[f"{prefix}_PEER_PRIVATE_JWK"])
        assert known[asker]["keys"][0]["x"] == private["x"]
        assert environment[f"{prefix}_IDENTITY_ADDRESS"].startswith("unix:")
        assert "IDENTITY_PEER_JWKS" not in environment
    assert "BILLING_PEER_PRIVATE_JWK" not in programs["billing.web"]().env
    assert '"d"' not in json.dumps(known)
