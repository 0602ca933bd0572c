"""Two acts at the same moment, brought into each other's way on purpose: one is told why not, nobody meets an error, nothing is half done."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from tests.guards import scene as stage
from tests.guards.scene import CLAIM, Scene

from kusei.base.accounts.queries import actor_for
from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue, handover
from kusei.base.ask.models import Application, Attachment, Correction, Draft
from kusei.base.decide import actions as office
from kusei.base.decide.models import Case
from kusei.base.demo import applying
from kusei.base.kernel import clock
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import NotNow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ward(transactional_db, settings, tmp_path) -> Scene:
    catalogue._procedure.cache_clear()
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    now = clock.now()
    scene = stage.settle(now)
    mother = stage.person(now, "鏑木　花子", "カブラギ　ハナコ", stage.date(1990, 4, 1))
    child = {"household": mother.memberships.get().household, "relationship": "子"}
    stage.person(now, "鏑木　空", "カブラギ　ソラ", stage.date(2020, 9, 1), **child)
    scene.accounts["owner"] = stage.account(now, "owner@example.jp", mother)
    return scene


class Meeting:
    """Two threads that wait for each other at a point each, but not for ever: locks may rightly keep one of them away."""

    def __init__(self) -> None:
        self.there = {"first": threading.Event(), "second": threading.Event()}

    def before(self, who: str, other: str, act: Callable) -> Callable:
        def met(*args, **kwargs):
            self.there[who].set()
            self.there[other].wait(0.7)
            return act(*args, **kwargs)

        return met

    def after(self, who: str, other: str, act: Callable) -> Callable:
        def met(*args, **kwargs):
            result = act(*args, **kwargs)
            self.there[who].set()
            self.there[other].wait(0.7)
            return result

        return met


def at_once(*acts: Callable) -> list:
    """What each of the acts returned or raised."""
    results: list = [None] * len(acts)

    def run(place: int, act: Callable) -> None:
        try:
            results[place] = act()
        except Exception as error:  # noqa: BLE001 handed to the test, which judges it
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def only_not_now(results: list) -> list[NotNow]:
    errors = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(error, NotNow) for error in errors), errors
    return errors


def correcting(ward: Scene) -> tuple[Application, Correction]:
    application = stage.claim(ward.actor("owner"), ward.now)
    for act in (stage.take, stage.check, stage.ask_correction):
        act(ward, application)
    return application, application.corrections.get()


def test_a_correction_sent_in_one_window_and_a_withdrawal_in_another(ward, monkeypatch):
    application, correction = correcting(ward)
    owner, meeting = ward.actor("owner"), Meeting()
    monkeypatch.setattr(
        handover, "hand_over_correction", meeting.before("first", "second", handover.hand_over_correction)
    )
    monkeypatch.setattr(
        handover, "hand_over_withdrawal", meeting.after("second", "first", handover.hand_over_withdrawal)
    )
    only_not_now(
        at_once(
            lambda: ask.send_correction(correction, by=owner, now=ward.now),
            lambda: ask.withdraw(application, by=owner, now=ward.now),
        )
    )
    application.refresh_from_db()
    case = Case.objects.get(id=application.id)
    assert (application.state, case.state) == ("withdrawn", "withdrawn")
    assert not application.corrections.filter(answered_at=None).exists()


def test_a_clerk_who_stops_waiting_while_the_applicant_withdraws(ward, monkeypatch):
    application, _correction = correcting(ward)
    owner, clerk, meeting = ward.actor("owner"), ward.actor("clerk"), Meeting()
    ended = office.work.progress.end_correction
    monkeypatch.setattr(office.work.progress, "end_correction", meeting.after("first", "second", ended))
    monkeypatch.setattr(
        handover, "hand_over_withdrawal", meeting.after("second", "first", handover.hand_over_withdrawal)
    )
    case = Case.objects.get(id=application.id)
    only_not_now(
        at_once(
            lambda: office.resume(case, by=clerk, now=ward.now),
            lambda: ask.withdraw(application, by=owner, now=ward.now),
        )
    )
    application.refresh_from_db()
    assert application.state == Case.objects.get(id=application.id).state


def test_a_correction_sent_twice_at_once_while_a_clerk_looks_is_one(ward):
    application, correction = correcting(ward)
    owner, clerk = ward.actor("owner"), ward.actor("clerk")
    case = Case.objects.get(id=application.id)
    again = [Correction.objects.get(id=correction.id) for _window in range(2)]
    acts = [lambda c=c: ask.send_correction(c, by=owner, now=ward.now) for c in again]
    only_not_now(at_once(*acts, lambda: office.add_note(case, "電話した", by=clerk, now=ward.now)))
    assert application.answer_sets.count() == 2
    assert Case.objects.get(id=application.id).state == "checking"


def test_a_note_that_is_saved_while_a_correction_holds_its_case(ward, monkeypatch):
    """The note's reference to the case is checked when it commits: were the audit log's chain held by then, each would wait for the other."""
    application, correction = correcting(ward)
    owner, clerk, meeting = ward.actor("owner"), ward.actor("clerk"), Meeting()
    monkeypatch.setattr(
        handover, "hand_over_correction", meeting.after("first", "second", handover.hand_over_correction)
    )
    case = Case.objects.get(id=application.id)

    def note():
        meeting.there["first"].wait(5)
        office.add_note(case, "電話した", by=clerk, now=ward.now)
        meeting.there["second"].set()

    assert not only_not_now(at_once(lambda: ask.send_correction(correction, by=owner, now=ward.now), note))
    assert case.entries.filter(event="noted").count() == 1
    assert application.answer_sets.count() == 2


def test_a_draft_thrown_away_in_one_window_and_submitted_in_another(ward, monkeypatch):
    owner = ward.actor("owner")
    draft = ask.start(CLAIM, by=owner, now=ward.now, today=local_date(ward.now))
    applying._fill(applying.Filling(draft, owner, ward.now), stage.typed(draft))
    inside = threading.Event()
    hand_over = handover.hand_over

    def held(*args, **kwargs):
        inside.set()
        thrown.wait(0.7)
        return hand_over(*args, **kwargs)

    thrown = threading.Event()
    monkeypatch.setattr(handover, "hand_over", held)

    def throw_away():
        inside.wait(5)
        try:
            ask.discard(Draft.objects.get(id=draft.id), by=owner, now=ward.now)
        finally:
            thrown.set()

    [refused] = only_not_now(at_once(lambda: ask.submit(draft, by=owner, now=ward.now), throw_away))
    assert "提出されています" in str(refused)
    assert Application.objects.get(draft=draft)
    assert Attachment.objects.filter(draft=draft).count() == 1


def test_submitting_in_three_windows_is_one_application(ward):
    owner = ward.actor("owner")
    draft = ask.start(CLAIM, by=owner, now=ward.now, today=local_date(ward.now))
    applying._fill(applying.Filling(draft, owner, ward.now), stage.typed(draft))
    windows = [Draft.objects.get(id=draft.id) for _window in range(3)]
    results = at_once(*(lambda d=d: ask.submit(d, by=owner, now=ward.now) for d in windows))
    assert len({result.id for result in results}) == 1
    assert Case.objects.count() == 1


def test_withdrawing_twice_at_once_says_so_once(ward):
    application = stage.claim(ward.actor("owner"), ward.now)
    owner = actor_for(application.account, ward.now)
    results = at_once(*(lambda: ask.withdraw(application, by=owner, now=ward.now) for _window in range(2)))
    only_not_now(results)
    assert application.steps.filter(event="withdrawn").count() == 1
