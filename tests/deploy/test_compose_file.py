"""The compose file: complete, without secrets, confined, and what it tells each process makes that process start."""

import json
import re
from pathlib import Path

import compose_file
import pytest
import yaml

from chassis import provision
from chassis.cli import app_module
from chassis.settings import SettingsError, load, prefix_of
from contracts import rabbitmq
from contracts.catalogue import SERVICES
from gateway.nginx import render
from gateway.schemas.routes import RouteTable
from gateway.settings import Settings as GatewaySettings
from runner import keys as laptop_keys
from runner import plan, told
from runner.layout import PortPlan

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text(encoding="utf-8"))
PROCESSES = COMPOSE["services"]
OURS = {name: process for name, process in PROCESSES.items() if process["image"].startswith("minasidor-")}
LASTING = {name: process for name, process in PROCESSES.items() if "restart" in process}
ONCE = {name for name, process in OURS.items() if "restart" not in process}
KEYS = dict(provision.keys())
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Z0-9_]+)(?:(?P<how>:?-)(?P<default>[^}]*))?\})")
DOWNLOADED = {"postgres", "rabbitmq", "nginx"}


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def resolved(text, environ):
    """What compose makes of a string."""

    def one(match):
        if match["dollar"]:
            return "$"
        value = environ.get(match["name"])
        if value is None or (value == "" and match["how"] == ":-"):
            value = match["default"]
        assert value is not None, f"{match['name']} is set by nobody"
        return value

    return VARIABLE.sub(one, text)


def environment(name, **settings):
    environ = KEYS | {"MINASIDOR_ENVIRONMENT": "development"} | settings
    return {key: resolved(value, environ) for key, value in PROCESSES[name]["environment"].items()}


def test_it_is_what_the_generator_makes_today():
    assert (ROOT / "deploy/compose/compose.yaml").read_text(encoding="utf-8") == compose_file.text()


def test_both_generations_of_compose_read_it():
    assert set(COMPOSE) == {"services", "volumes"}  # 1.29 refuses ``name``, the later ones warn of ``version``
    for process in PROCESSES.values():
        assert "dockerfile_inline" not in process.get("build", {})
        assert "start_interval" not in process.get("healthcheck", {})


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_of_the_catalogue_has_all_its_processes(service):
    assert {f"{service}-migrate", f"{service}-web", f"{service}-worker"} <= set(PROCESSES)
    assert PROCESSES[f"{service}-migrate"]["depends_on"] == {
        "databases": {"condition": "service_completed_successfully"}
    }
    for kind in ("web", "worker"):
        wanted = PROCESSES[f"{service}-{kind}"]["depends_on"]
        assert wanted[f"{service}-migrate"] == {"condition": "service_completed_successfully"}
    assert PROCESSES[f"{service}-worker"]["depends_on"]["rabbitmq"] == {"condition": "service_healthy"}
    assert PROCESSES["nginx"]["depends_on"][f"{service}-web"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_database_and_a_broker_user_of_its_own(service):
    prefix, role = prefix_of(service), service.replace("-", "_")
    web, worker = environment(f"{service}-web"), environment(f"{service}-worker")
    password = KEYS[f"{prefix}_DATABASE_PASSWORD"]
    assert web[f"{prefix}_DATABASE_URL"] == f"postgresql://{role}:{password}@postgres:5432/{role}"
    assert f"{prefix}_AMQP_URL" not in web, "a web process has no broker"
    amqp = KEYS[f"{prefix}_AMQP_PASSWORD"]
    assert worker[f"{prefix}_AMQP_URL"] == f"amqp://{service}:{amqp}@rabbitmq:5672/{rabbitmq.VHOST}"
    assert f"{prefix}_DATABASE_PASSWORD" in PROCESSES["databases"]["environment"]
    assert f"{prefix}_AMQP_PASSWORD" in PROCESSES["definitions"]["environment"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", ["migrate", "web", "worker"])
def test_every_process_finds_all_its_settings(service, kind):
    settings = load(app_module(service).Settings, service, environment(f"{service}-{kind}"))
    assert settings.database_url
    assert bool(settings.amqp_url) == (kind == "worker")
    assert {"web": settings.bind, "worker": settings.worker_bind}.get(kind, "0.0.0.0:8000") == "0.0.0.0:8000"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_as_much_as_on_a_laptop(service, tmp_path):
    secrets = laptop_keys.load(tmp_path / "secrets.json")
    laptop = told.special(service, PortPlan.load({}), secrets)
    assert set(laptop) <= set(environment(f"{service}-web"))
    assert set(told.for_worker(service, secrets)) <= set(environment(f"{service}-worker"))
    assert not set(told.for_worker(service, secrets)) & set(environment(f"{service}-web"))


def test_the_simulators_are_those_of_a_laptop():
    assert set(compose_file.SIMULATORS) == set(plan.SIMULATORS)


@pytest.mark.parametrize("service", ["identity", "org-registry", "notify"])
def test_production_does_not_run_on_simulators(service):
    told_in_production = environment(f"{service}-web", MINASIDOR_ENVIRONMENT="production")
    module = app_module(service)
    with pytest.raises(SettingsError, match="https"):
        module.create_app(load(module.Settings, service, told_in_production))


def test_the_gateway_and_its_nginx_have_one_set_of_settings():
    policy = load(GatewaySettings, "gateway", environment("gateway"))
    served = load(GatewaySettings, "gateway", environment("nginx-config"))
    assert policy.gateway_private_jwk
    assert not served.gateway_private_jwk, "nginx signs nothing"
    text = render(served, Path("/var/lib/minasidor"), RouteTable.load(""))
    for service in SERVICES:
        assert policy.upstream(service) == served.upstream(service) == [f"{service}-web:8000"]
        assert f"server {service}-web:8000" in text


def test_every_variable_is_made_by_the_keys_command_or_has_a_default():
    for text in strings(COMPOSE):
        for match in VARIABLE.finditer(text):
            known = match["dollar"] or match["name"] in KEYS or match["default"] is not None
            assert known, f"{match['name']} is made by nobody"


def test_every_secret_that_is_made_is_used():
    used = {match["name"] for text in strings(COMPOSE) for match in VARIABLE.finditer(text)}
    assert set(KEYS) <= used


def test_no_secret_stands_in_it():
    harmless = {*compose_file.SIMULATED_CLIENT, ""}
    for name, process in PROCESSES.items():
        for key, value in process.get("environment", {}).items():
            if not re.search(r"PASSWORD|SECRET|KEY|JWK|PEPPER|TOKEN", key) or key.endswith(("_FILE", "_URL")):
                assert not re.search(r"://[^/@]*:(?!\$\{)[^/@]+@", value), f"{name}: {key}"
                continue
            match = VARIABLE.fullmatch(value)
            assert match, f"{name}: {key} is written out"
            assert match["default"] is None or match["default"] in harmless, f"{name}: {key} has a default"


def test_only_the_gateway_and_the_simulators_can_be_reached_and_only_from_this_machine():
    reachable = {name for name, process in PROCESSES.items() if process.get("ports")}
    assert reachable == {"nginx"} | {f"sim-{name}" for name in compose_file.SIMULATORS}
    for name in reachable:
        assert all(port.startswith("127.0.0.1:") for port in PROCESSES[name]["ports"]), name


def test_simulators_and_operators_commands_start_only_when_asked():
    for name, process in PROCESSES.items():
        wanted = ["simulators"] if name.startswith("sim-") else ["operator"] if name == "operator" else None
        assert process.get("profiles") == wanted, name


def test_processes_of_ours_are_confined():
    for name in [*OURS, "nginx"]:
        process = PROCESSES[name]
        assert process["read_only"] is True, name
        assert process["cap_drop"] == ["ALL"], name
        assert process["security_opt"] == ["no-new-privileges:true"], name
        assert process.get("user", "10001:10001") == "10001:10001", name


def test_everything_that_stays_is_watched_started_again_and_given_time_to_end():
    assert set(LASTING) == set(PROCESSES) - ONCE
    for name, process in LASTING.items():
        assert process["restart"] == "unless-stopped", name
        assert int(process["stop_grace_period"].removesuffix("s")) >= 10, name
        watched = process.get("healthcheck", {}).get("test") or process["environment"]["PROBE"]
        assert watched, name
        assert "|| true" not in str(watched), name
    for name in ONCE:
        assert PROCESSES[name]["healthcheck"] == {"disable": True}, name


def test_every_image_is_built_once_and_the_others_are_official():
    built = [process["image"] for process in PROCESSES.values() if "build" in process]
    assert sorted(built) == sorted({process["image"] for process in OURS.values()})
    assert {process["image"].split(":")[0] for process in PROCESSES.values()} - {
        process["image"].split(":")[0] for process in OURS.values()
    } == DOWNLOADED
    for process in OURS.values():
        if "build" in process:
            folder = ROOT / process["build"]["args"]["SERVICE"]
            assert (folder / "pyproject.toml").exists() or any(folder.glob("*/pyproject.toml")), folder


def test_what_is_mounted_is_there():
    for process in PROCESSES.values():
        for volume in process.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / "deploy/compose" / source).is_file(), source
            else:
                assert source in COMPOSE["volumes"], source


def test_the_environment_file_survives_both_readers():
    for line in provision.environment_file().splitlines():
        name, _, value = line.partition("=")
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", name), line
        assert re.fullmatch(r"'[^'$\\\n]*'", value), name
        if "JWK" in name:
            json.loads(value.strip("'"))
