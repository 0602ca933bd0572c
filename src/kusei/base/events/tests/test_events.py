"""Events: saved with the act, heard at least once and in order, tried again, set aside, and heard after a worker was killed."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from kusei.base.accounts.models import Account
from kusei.base.audit.entries import UnfitForLog
from kusei.base.audit.models import AuditEntry
from kusei.base.events import actions, hearing, queries
from kusei.base.events.models import Event, Hearing
from kusei.base.jobs.worker import Bench
from kusei.base.kernel import clock, leases
from kusei.base.kernel.actors import PUBLIC, SYSTEM, Actor
from kusei.base.kernel.errors import NotNow, Refused
from kusei.base.kernel.offers import Hears, Offers, Registry
from kusei.base.staff.models import Department, Role, StaffMember

NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
ICT = Actor(kind="staff", name="神谷", grants=frozenset({("operate", "")}))


class House:
    """Two modules: one tells of things, the other hears; and a worker's bench."""

    def __init__(self) -> None:
        self.heard: list[tuple[UUID, int]] = []
        self.poison: set[UUID] = set()
        self.registry = Registry()
        self.registry.register(
            Offers(module="shelf", tells={"shelf.filled": "物が置かれた", "shelf.quiet": "だれも聞かない"})
        )
        self.registry.register(Offers(module="lamp", hears=[Hears("lamp.light", ("shelf.filled",), self.hear)]))

    def hear(self, event: Event, now: datetime) -> None:
        if event.id in self.poison:
            raise ValueError("the lamp is broken")
        self.heard.append((event.subject_id, event.detail["n"]))

    def fill(self, shelf: UUID, n: int = 1, at: datetime = NOW) -> Event:
        with transaction.atomic():
            return actions.happened("shelf.filled", ("shelf", shelf), {"n": n}, now=at, known=self.registry)

    def bench(self) -> Bench:
        return Bench(hearing.hearings(self.registry), "test", threading.Event())

    def work(self) -> None:
        bench = self.bench()
        while bench.turn():
            pass


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def at(monkeypatch):
    """The worker's clock."""

    def run(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    run(NOW)
    return run


@pytest.mark.django_db
def test_who_offers_to_hear_hears_with_the_same_id_each_time(house, at):
    shelf = uuid4()
    event = house.fill(shelf)
    house.work()
    assert house.heard == [(shelf, 1)]
    assert Hearing.objects.get(event=event).state == "done"


@pytest.mark.django_db
def test_what_nobody_offers_to_hear_is_kept_all_the_same(house):
    actions.happened("shelf.quiet", ("shelf", uuid4()), now=NOW, known=house.registry)
    assert (Event.objects.count(), Hearing.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_a_kind_nobody_tells_of_is_refused(house):
    with pytest.raises(ValueError, match=r"shelf\.filed"):
        actions.happened("shelf.filed", ("shelf", uuid4()), now=NOW, known=house.registry)


@pytest.mark.django_db
@pytest.mark.parametrize("detail", [{"token": "x"}, {"text": "a" * 1001 + "?a=b"}, {"nested": {"a": 1}}])
def test_details_hold_no_secrets_and_nothing_deep(house, detail):
    with pytest.raises(UnfitForLog):
        actions.happened("shelf.filled", ("shelf", uuid4()), detail, now=NOW, known=house.registry)


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_told_of_nothing(house):
    with pytest.raises(RuntimeError, match="outside the transaction"):
        actions.happened("shelf.filled", ("shelf", uuid4()), {"n": 1}, now=NOW, known=house.registry)

    def act():
        with transaction.atomic():
            actions.happened("shelf.filled", ("shelf", uuid4()), {"n": 1}, now=NOW, known=house.registry)
            raise KeyError

    with pytest.raises(KeyError):
        act()
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_a_failure_is_tried_again_with_growing_waits_and_then_set_aside(house, at):
    event = house.fill(uuid4())
    house.poison.add(event.id)
    moment, tries = NOW, []
    for _attempt in range(hearing.MOST_ATTEMPTS):
        at(moment)
        house.work()
        row = Hearing.objects.get(event=event)
        tries.append(row.state)
        moment = row.next_try_at
    assert tries == ["waiting"] * (hearing.MOST_ATTEMPTS - 1) + ["given_up"]
    assert row.last_error == "ValueError: the lamp is broken"
    assert moment - NOW == sum((leases.wait_after(n) for n in range(1, hearing.MOST_ATTEMPTS)), timedelta(0))


@pytest.mark.django_db
def test_one_poison_event_holds_up_its_own_subject_and_no_other(house, at):
    bad, good = uuid4(), uuid4()
    poison = house.fill(bad, 1)
    house.poison.add(poison.id)
    house.fill(bad, 2)
    house.fill(good, 1)
    house.work()
    assert house.heard == [(good, 1)]
    Hearing.objects.filter(event=poison).update(state="given_up")
    house.work()
    assert house.heard == [(good, 1)]
    [(aside, behind)] = queries.set_aside(ICT, NOW)
    assert (aside.event_id, behind) == (poison.id, 1)
    actions.skip(aside.id, by=ICT, now=NOW)
    house.work()
    assert house.heard == [(good, 1), (bad, 2)]
    assert AuditEntry.objects.filter(what="events.skip").count() == 1


@pytest.mark.django_db
def test_set_aside_mended_and_tried_again_it_is_heard_in_its_place(house, at):
    shelf = uuid4()
    poison = house.fill(shelf, 1)
    house.fill(shelf, 2)
    Hearing.objects.filter(event=poison).update(state="given_up")
    house.work()
    assert house.heard == []
    leases.try_again(Hearing, list(Hearing.objects.filter(event=poison).values_list("id", flat=True)), NOW)
    house.work()
    assert house.heard == [(shelf, 1), (shelf, 2)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "by", [PUBLIC, Actor(kind="resident"), Actor(kind="staff", grants=frozenset({("decide.view", "")}))]
)
def test_nobody_else_skips_or_looks(house, by):
    event = house.fill(uuid4())
    Hearing.objects.filter(event=event).update(state="given_up")
    with pytest.raises(Refused):
        actions.skip(Hearing.objects.get(event=event).id, by=by, now=NOW)
    assert not queries.visible(by, queries.PURPOSE, NOW).exists()
    assert Hearing.objects.get(event=event).state == "given_up"


@pytest.mark.django_db
def test_what_was_heard_cannot_be_skipped(house, at):
    event = house.fill(uuid4())
    house.work()
    with pytest.raises(NotNow):
        actions.skip(Hearing.objects.get(event=event).id, by=SYSTEM, now=NOW)


@pytest.mark.django_db
def test_a_module_that_is_gone_leaves_its_hearings_set_aside(house, at):
    house.fill(uuid4())
    silent = Registry()
    silent.register(Offers(module="shelf", tells={"shelf.filled": ""}))
    while Bench(hearing.hearings(silent), "test", threading.Event()).turn():
        pass
    assert Hearing.objects.get().state == "given_up"


@pytest.mark.django_db
def test_a_worker_killed_in_between_is_followed_by_another_that_hears_again_in_order(house, at):
    """The first worker heard and died before it could say so: at least once, and what follows waited."""
    shelf = uuid4()
    first, _second = house.fill(shelf, 1), house.fill(shelf, 2)
    [claimed] = leases.claim(Hearing, "killed", NOW, 10, ready=hearing.its_turn())
    hearing.hear(claimed, NOW, house.registry)
    # … and here it is killed
    house.work()
    assert house.heard == [(shelf, 1)]
    at(NOW + leases.LEASE + timedelta(seconds=1))
    house.work()
    assert house.heard == [(shelf, 1), (shelf, 1), (shelf, 2)]
    assert claimed.event_id == first.id
    assert not leases.finish(claimed, clock.now())


@pytest.mark.django_db(transaction=True)
def test_many_acts_and_two_workers_at_once_keep_the_order_of_each_subject(house, at):
    shelves = [uuid4() for _n in range(3)]
    count = dict.fromkeys(shelves, 0)
    lock, start = threading.Lock(), threading.Barrier(6)

    def act(shelf: UUID) -> None:
        start.wait()
        for _n in range(5):
            with transaction.atomic():
                event = actions.happened("shelf.filled", ("shelf", shelf), {"n": 0}, now=NOW, known=house.registry)
                with lock:  # the order in which transactions hold the subject is the order in which they end
                    count[shelf] += 1
                    Event.objects.filter(id=event.id).update(detail={"n": count[shelf]})
        connection.close()

    def work() -> None:
        house.work()
        connection.close()

    for run in ([(act, (shelf,)) for shelf in shelves * 2], [(work, ())] * 2):
        threads = [threading.Thread(target=target, args=args) for target, args in run]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    house.work()
    for shelf in shelves:
        assert [n for subject, n in house.heard if subject == shelf] == list(range(1, 11))


@pytest.fixture
def ict(db) -> Client:
    place = Department.objects.create(path="joho", code="joho", kind="section", name={"ja": "情報"})
    account = Account.objects.create(kind="staff", login="i", created_at=NOW)
    staff = StaffMember.objects.create(account=account, department=place, name="神谷直", post="clerk")
    today = clock.local_date(clock.now())
    Role.objects.create(staff=staff, department=place, role="ict", since=today, until=today + timedelta(days=9))
    client = Client()
    client.force_login(account)
    return client


def test_the_page_lists_what_happened_and_what_was_set_aside(house, ict):
    event = house.fill(uuid4())
    page = ict.get(reverse("events:events")).content.decode()
    assert "shelf.filled" in page
    assert "0/1" in page
    Hearing.objects.filter(event=event).update(state="given_up", last_error="ValueError: kaputt")
    page = ict.get(reverse("events:events")).content.decode()
    assert "ValueError: kaputt" in page
    key = Hearing.objects.get().id
    assert ict.post(reverse("events:skip"), {"id": key}).status_code == 302
    assert Hearing.objects.get().state == "skipped"
    assert ict.post(reverse("events:skip"), {"id": key}).status_code == 409
    assert ict.post(reverse("events:skip"), {"id": "x"}).status_code == 400
