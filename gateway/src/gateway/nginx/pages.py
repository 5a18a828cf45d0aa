"""The few pages of the gateway itself: start page, API reference, and the style of the refusals."""

from __future__ import annotations

import gzip
import json
import shutil
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from gateway.nginx import refusals
from gateway.settings import Settings

TYPES = [
    "types {",
    "    text/html html;",
    "    text/css css;",
    "    application/javascript js;",
    "    application/json json;",
    "    image/png png;",
    "    image/svg+xml svg;",
    "    image/webp webp;",
    "    image/x-icon ico;",
    "    font/woff2 woff2;",
    "    application/pdf pdf;",
    "    text/plain txt;",
    "}",
    "default_type application/octet-stream;",
    "charset utf-8;",
    "charset_types text/css text/plain application/javascript;",
]
SWAGGER = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-16x16.png", "favicon-32x32.png", "LICENSE")

PAGE = """<!doctype html>
<html lang="sv">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
{head}</head>
<body>
{body}
</body>
</html>
"""
START = """<main>
<h1>Mina sidor</h1>
<p>Här finns API:et för Mina sidor. <span lang="en">This is the API of Mina sidor.</span></p>
<ul>
<li><a href="/api/docs">API-dokumentation <span lang="en">(API reference)</span></a></li>
<li><a href="/api/docs/openapi.json">OpenAPI 3.1</a></li>
</ul>
</main>"""
DOCS_HEAD = """<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/api/docs/favicon-32x32.png">
<script src="/api/docs/swagger-ui-bundle.js" defer></script>
<script src="/api/docs/start.js" defer></script>
"""
DOCS_START = """window.addEventListener("DOMContentLoaded", function () {
  window.ui = SwaggerUIBundle({
    url: "/api/docs/openapi.json",
    dom_id: "#reference",
    deepLinking: true,
    docExpansion: "none",
    validatorUrl: null,
    tryItOutEnabled: false
  });
});
"""


def write(settings: Settings, folder: Path) -> None:
    """Write the pages into ``folder``. Those of the API reference are all served from our own address."""
    docs = folder / "api" / "docs"
    docs.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(PAGE.format(title="Mina sidor", head="", body=START), encoding="utf-8")
    style = files("gateway.nginx").joinpath(refusals.STYLE).read_text(encoding="utf-8")
    (folder / refusals.STYLE_PATH.strip("/")).write_text(style, encoding="utf-8")
    reference = PAGE.format(title="API - Mina sidor", head=DOCS_HEAD, body='<div id="reference"></div>')
    (docs / "index.html").write_text(reference, encoding="utf-8")
    (docs / "start.js").write_text(DOCS_START, encoding="utf-8")
    (docs / "openapi.json").write_text(_document(settings), encoding="utf-8")
    _copy_swagger(docs)
    for path in docs.iterdir():
        if path.suffix in {".js", ".css", ".json"}:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 6, mtime=0))


def _document(settings: Settings) -> str:
    # Only what is deployed here is shown.
    document = json.loads(files("gateway").joinpath("openapi.json").read_text(encoding="utf-8"))
    document["paths"] = {
        path: operations for path, operations in document["paths"].items() if settings.upstream(path.split("/")[2])
    }
    return json.dumps(document, ensure_ascii=False)


def _copy_swagger(docs: Path) -> None:
    # The package's own module needs Flask's blueprints; only its files are wanted.
    spec = find_spec("flask_swagger_ui")
    if spec is None or spec.origin is None:
        raise RuntimeError("flask-swagger-ui is not installed")
    dist = Path(spec.origin).parent / "dist"
    for name in SWAGGER:
        shutil.copyfile(dist / name, docs / name)
