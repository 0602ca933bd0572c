"""転出届 in the demonstration: signed with its cards, once, and decided by its clerks."""

from datetime import timedelta

import pytest

from kusei.base.ask.models import AnswerSet, Application
from kusei.base.decide.models import Case, Entry
from kusei.base.demo import cards
from kusei.base.demo.fill import Wanted, fill
from kusei.base.demo.staff import POSTS
from kusei.base.kernel import clock
from kusei.base.kernel.offers import Registry
from kusei.base.kernel.wards import load_ward
from kusei.base.signing.models import Signature
from kusei.base.signing.tests.cards import verified
from kusei.base.tell.models import Message
from kusei.counter.moving_out import demo, offers

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(tmp_path, settings):
    settings.DEMO, settings.KUSEI_HOME = True, tmp_path
    settings.CARD_ANCHORS, revoked = cards.prepare(tmp_path / cards.FOLDER, clock.now())
    settings.CARD_CRLS = [str(revoked)]
    registry = Registry()
    registry.register(offers.offers)
    wanted = Wanted(load_ward("sumida"), 120, 1, None, tmp_path / "logins.json", registry)
    fill(wanted, now=clock.now() + timedelta(seconds=1), say=lambda line: None)
    return registry


def test_two_notifications_are_signed_and_the_first_is_accepted(filled):
    cases = Case.objects.order_by("received_at")
    assert [(case.state, case.outcome) for case in cases] == [("decided", "accepted"), ("received", "")]
    assert Signature.objects.filter(state="good").count() == AnswerSet.objects.count() == 2
    assert verified() == ("2 accepted signatures checked, 0 faults\n", 0)
    first = Entry.objects.get(case=cases[0], event="received")
    assert first.detail["signed"]["signer"] == cases[0].applicant_name
    assert Message.objects.filter(template="moving_out/accepted").count() == 1
    assert {"100112", "100113"} <= {post.login for post in POSTS if post.signs_in}


def test_a_second_run_adds_nothing(filled):
    assert demo.fill(clock.now()) == 0
    assert Application.objects.count() == 2


def test_where_other_cards_are_trusted_nothing_is_made(tmp_path, settings, db):
    settings.KUSEI_HOME = tmp_path
    settings.CARD_ANCHORS, revoked = cards.prepare(tmp_path / "elsewhere", clock.now())
    settings.CARD_CRLS = [str(revoked)]
    assert demo.fill(clock.now()) == 0
