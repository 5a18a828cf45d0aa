import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("check_locks", ROOT / "tools" / "check_locks.py")
check_locks = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_locks)


def test_the_locks_of_this_checkout_are_clean():
    assert check_locks.check(ROOT) == []


@pytest.mark.parametrize(
    "dirty",
    [
        "flask==3.1.3\n",
        "flask>=3 --hash=sha256:00\n",
        "--extra-index-url x\n",
        "flask @ https://somewhere/flask.whl --hash=sha256:00\n",
    ],
)
def test_a_dirty_sample_is_found(dirty):
    assert check_locks.faults_in("sample.txt", dirty)


def test_a_clean_sample_is_not():
    assert (
        check_locks.faults_in("sample.txt", "flask[async]==3.1.3 ; python_version > '3' \\\n    --hash=sha256:00\n")
        == []
    )


def test_a_lock_of_another_tool_is_found(tmp_path):
    (tmp_path / "requirements").mkdir()
    (tmp_path / "uv.lock").write_text("")
    assert check_locks.check(tmp_path) == ["uv.lock: records addresses"]
