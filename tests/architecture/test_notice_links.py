"""A mail's link leads to a page: what notify sends people to is what the portal has."""

from uuid import UUID

import pytest
from werkzeug.exceptions import HTTPException

from notify.domain.templates import TEMPLATES
from portal.app import create_app
from portal.settings import Settings

PORTAL = create_app(
    Settings(
        service="portal", environment="production", log_level="CRITICAL", public_url="https://minasidor.example.se"
    )
)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_T46_T51_T53_D26_the_link_of_every_notice_is_a_page_of_the_portal(name):
    path = TEMPLATES[name].path.format(object_id=UUID(int=1))
    try:
        endpoint, _ = PORTAL.url_map.bind("").match(path, method="GET")
    except HTTPException:
        pytest.fail(f"{name} sends people to {path}, which is no page")
    assert getattr(PORTAL.view_functions[endpoint], "needs", None), path
