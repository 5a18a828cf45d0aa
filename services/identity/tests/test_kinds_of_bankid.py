"""Which BankIDs log in."""

import pytest


@pytest.mark.parametrize("device", ["other", "same"])
def test_T7_an_order_is_open_to_bankid_on_file_and_on_a_telephone(browser, control, device):
    browser.start(device)
    [order] = control.orders()
    requirement = order["request"].get("requirement", {})
    assert "certificatePolicies" not in requirement, "a policy would shut one of the two kinds out"
    assert "personalNumber" not in requirement
    assert "cardReader" not in requirement
