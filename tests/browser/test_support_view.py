"""Customer service looks at a customer's pages by consent, and leaves them again."""

from __future__ import annotations

import pytest

from runner.journey.seed import KARIN
from runner.journey.staff import STAFF

pytestmark = pytest.mark.journey


@pytest.fixture
def consent(lived):
    """A customer lets customer service look for an hour; the name and number of the account."""
    customer = lived.citizen(KARIN)
    customer.log_in()
    account = customer.accounts()["items"][0]
    customer.choose(account["id"])
    given = customer.browser.post("/org-registry/v1/support-accesses", {"hours": 1})
    yield account["display_name"]
    customer.browser.delete(f"/org-registry/v1/support-accesses/{given['id']}")


def test_FK9_customer_service_leaves_the_customers_page_and_is_out_of_it(visitor, consent):
    english = visitor.look.english
    visitor.log_in(STAFF)
    visitor.go("/personal/kunder")
    visitor.page.locator("input[name=way][value=customer_number]").check()
    visitor.page.locator("#field-number").fill(consent.rsplit(" ", 1)[1])
    visitor.page.locator("#field-reason").fill("Kunden ringde om sin faktura")
    visitor.page.locator("#search button[type=submit]").click()
    visitor.page.locator("form[action='/personal/visning'] button").first.click()
    visitor.page.wait_for_url("**/oversikt")
    banner = visitor.page.locator(".support-banner")
    banner.wait_for()
    visitor.check_accessible()
    banner.get_by_role("button", name="Leave the customer's page" if english else "Lämna kundens sida").click()
    visitor.page.wait_for_url("**/personal")
    visitor.says("You have left the customer's page." if english else "Du har lämnat kundens sida.")
    visitor.check_accessible()
    visitor.go("/fakturor")
    assert visitor.path.startswith("/konto"), "nothing of the customer is left to see"
    assert banner.count() == 0
