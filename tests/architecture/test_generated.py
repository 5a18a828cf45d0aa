"""What is generated and committed is what the code makes today."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
SPEC = importlib.util.spec_from_file_location("generate_docs", ROOT / "tools" / "generate_docs.py")
generate_docs = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(generate_docs)


def test_every_generated_file_is_current():
    stale = [
        str(path.relative_to(ROOT))
        for path, text in generate_docs.files()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run .venv/bin/python tools/generate_docs.py"


def test_the_openapi_documents_are_valid():
    import json

    from openapi_spec_validator import validate

    for path in sorted((ROOT / "docs/api/openapi").glob("*.json")):
        validate(json.loads(path.read_text(encoding="utf-8")))
