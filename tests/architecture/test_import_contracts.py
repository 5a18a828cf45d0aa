"""The import contracts hold, and each of them breaks when somebody breaks it: the violations here are really tried."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [
    *(path for path in ROOT.glob("libs/*/src/*") if path.name in {"chassis", "contracts"}),
    *ROOT.glob("services/*/src/*"),
    *ROOT.glob("gateway/src/*"),
    *ROOT.glob("portal/src/*"),
]

PORTAL_LAYERS = "The portal's pages stand on the web layer, and that on client, texts and formats"
PORTAL_CLIENT = "The portal is a client of the gateway's API and nothing else"

VIOLATIONS = [
    ("metering/domain.py", "import sqlalchemy", "Domain is plain Python"),
    ("metering/domain.py", "import marshmallow", "Domain is plain Python"),
    ("metering/domain.py", "import contracts.metering", "Domain is plain Python"),
    ("metering/usecases.py", "import flask", "Use cases know no transport and no SQL"),
    ("metering/usecases.py", "import sqlalchemy", "Use cases know no transport and no SQL"),
    ("metering/consumers.py", "import pika", "Ports reach storage only through use cases"),
    ("billing/schemas.py", "import sqlalchemy", "Ports reach storage only through use cases"),
    ("metering/consumers.py", "import metering.api", "Every service has the same grain"),
    ("metering/helpers.py", "", "Every service has the same grain"),
    ("billing/domain.py", "import billing.store", "Every service has the same grain"),
    ("billing/usecases.py", "import metering.domain", "services -> chassis -> contracts, and never sideways"),
    ("contracts/event.py", "import chassis.ids", "services -> chassis -> contracts, and never sideways"),
    ("chassis/ids.py", "import metering.domain", "services -> chassis -> contracts, and never sideways"),
    ("chassis/utils.py", "", "The chassis is layered too"),
    ("chassis/errors.py", "import chassis.db", "The chassis is layered too"),
    ("gateway/store.py", "", "The gateway has no domain and no store"),
    ("chassis/app.py", "import pika", "Web processes never speak AMQP"),
    ("chassis/jobs.py", "import pika", "Only the messaging module knows pika"),
    ("portal/client.py", "import portal.web.visit", PORTAL_LAYERS),
    ("portal/helpers.py", "", PORTAL_LAYERS),
    ("portal/pages/invoice.py", "import sqlalchemy", PORTAL_CLIENT),
    ("portal/client.py", "import contracts.billing", PORTAL_CLIENT),
]


def lint(folder: Path) -> str:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--config", str(ROOT / ".importlinter"), "--no-cache"]
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("imports")
    for package in PACKAGES:
        shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__", "*.json"))
    return folder


def broken(text: str) -> set[str]:
    # A name of eighty characters leaves no space before the word.
    return {line.removesuffix("BROKEN").strip() for line in text.splitlines() if line.endswith("BROKEN")}


def test_all_contracts_are_kept(copy):
    output = lint(copy)
    assert broken(output) == set(), output
    assert " 0 broken" in output, output


@pytest.mark.slow
@pytest.mark.parametrize(("file", "line", "contract"), VIOLATIONS, ids=[f"{v[0]}: {v[1] or 'new'}" for v in VIOLATIONS])
def test_a_violation_is_caught(copy, file, line, contract):
    path = copy / file
    target = path if path.exists() or not path.with_suffix("").is_dir() else path.with_suffix("") / "__init__.py"
    before = target.read_text() if target.exists() else None
    try:
        target.write_text(f"{before or ''}\n{line}\n")
        assert contract in broken(lint(copy))
    finally:
        if before is None:
            target.unlink()
        else:
            target.write_text(before)


def test_every_contract_has_a_violation_that_was_tried():
    names = {
        line.split("=", 1)[1].strip()
        for line in (ROOT / ".importlinter").read_text().splitlines()
        if line.startswith("name =")
    }
    assert names == {contract for _, _, contract in VIOLATIONS}
