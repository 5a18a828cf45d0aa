from datetime import UTC, datetime

import pytest

from cases.domain import Case, CaseAlreadyDiscarded, CaseStatus
from chassis.ids import new_id


def a_case() -> Case:
    return Case.draft(
        account_id=new_id(), created_by=new_id(), title="Ny brygga", now=datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    )


def test_a_new_one_is_a_draft():
    assert a_case().status is CaseStatus.DRAFT


def test_a_draft_is_discarded_once_and_a_second_time_is_refused():
    made = a_case()
    made.discard()
    assert made.status is CaseStatus.DISCARDED
    with pytest.raises(CaseAlreadyDiscarded):
        made.discard()
