"""The table of subscriptions agrees with the catalogue, or the process does not start."""

import pytest

from chassis.subscriptions import SubscriptionError, Subscriptions, on
from contracts.catalogue import consumed_by


def nothing(_tx, _event, _meta):
    pass


def lines(service):
    return [on(spec.cls, nothing) for spec in consumed_by(service)]


def test_the_types_of_a_service_are_accepted_and_found():
    subscriptions = Subscriptions(*lines("metering"))
    assert len(subscriptions) == len(consumed_by("metering"))
    assert subscriptions.get("org-registry.account.opened.v1").handler is nothing
    assert subscriptions.get("org-registry.account.opened.v2") is None


def test_a_missing_handler_is_named():
    with pytest.raises(SubscriptionError, match=r"metering.*not handled \['org-registry.account.opened.v1'\]"):
        Subscriptions(*(line for line in lines("metering") if line.spec.type != "org-registry.account.opened.v1"))


def test_a_handler_for_what_the_broker_never_sends_is_named():
    stranger = on(consumed_by("batch-billing")[0].cls, nothing)
    with pytest.raises(SubscriptionError, match=r"not catalogued \['metering"):
        Subscriptions(*lines("invitations"), stranger, service="invitations")


def test_another_service_s_table_is_refused_by_the_worker_s_check():
    with pytest.raises(SubscriptionError, match="subscriptions of billing"):
        Subscriptions(*lines("metering")).check("billing")


def test_the_same_event_twice_is_refused():
    line = lines("invitations")[0]
    with pytest.raises(SubscriptionError, match="twice"):
        Subscriptions(line, line)


def test_another_major_version_of_a_known_event_is_told_from_an_unknown_one():
    subscriptions = Subscriptions(*lines("invitations"))
    assert subscriptions.has_other_version("org-registry.account.opened.v7")
    assert not subscriptions.has_other_version("org-registry.account.shut.v1")
