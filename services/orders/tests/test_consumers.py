from chassis.ids import new_id
from chassis.testing import answered, deliver_scoped, principal
from contracts.data_requests import DataRequestKind
from orders import usecases
from orders.consumers import SUBSCRIPTIONS

ME = principal()


def begun(database, title, *, account_id=ME.account_id):
    with database.transaction(principal=principal(person_id=ME.person_id, account_id=account_id)) as tx:
        return usecases.draft_order(tx, usecases.DraftOrder(title=title)).id


def ask(database, kind):
    deliver_scoped(database, SUBSCRIPTIONS, kind, person_id=ME.person_id, account_ids=(ME.account_id,))
    return answered(database)


def test_FJ8_an_export_holds_the_own_ones_and_nothing_that_belongs_to_others(database):
    own = begun(database, "Ny brygga")
    other = begun(database, "Grannens brygga", account_id=new_id())
    content = ask(database, DataRequestKind.EXPORT)["orders"]
    assert [(each["id"], each["title"]) for each in content["own"]] == [(str(own), "Ny brygga")]
    assert [each["id"] for each in content["begun_for_other_accounts"]] == [str(other)]
    assert "Grannens" not in str(content)


def test_FJ8_an_erasure_takes_the_own_ones_and_the_person_from_those_of_others(database):
    begun(database, "Ny brygga")
    begun(database, "Grannens brygga", account_id=new_id())
    report = ask(database, DataRequestKind.ERASURE)
    assert len(report.erased) == len(report.kept) == 1
    after = ask(database, DataRequestKind.EXPORT)["orders"]
    assert after == {"own": [], "begun_for_other_accounts": []}


def test_FJ8_nothing_stands_against_an_erasure_and_asking_changes_nothing(database):
    begun(database, "Ny brygga")
    assert ask(database, DataRequestKind.ERASURE_CHECK).objections == ()
    assert len(ask(database, DataRequestKind.EXPORT)["orders"]["own"]) == 1
