"""Organisations: entered with a corporate number that holds, once, by those who may."""

import threading
from datetime import date

import pytest
from django.db import connection
from django.urls import reverse

from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.errors import Invalid, Refused
from kusei.base.parties.models import Act, Party, Residence
from kusei.base.parties.organisations import Organisation, register_organisation
from kusei.base.parties.steps import Notice
from kusei.base.parties.tests.test_pages import browser_of  # noqa: F401 - a fixture, used by name

pytestmark = pytest.mark.django_db
DAY = date(2026, 5, 1)
TAX_AGENCY = "7000012050002"


def test_an_organisation_is_entered_with_its_address_by_an_act(now):
    given = Organisation("見本株式会社", "ミホン", "７００００１２０５０００２", "東京都千代田区霞が関3-1-1")
    act = register_organisation(Notice(DAY), given, by=SYSTEM, now=now)
    made = Party.objects.get(kind="organisation")
    assert (made.corporate_number, made.is_resident, list(act.parties.all())) == (TAX_AGENCY, False, [made])
    assert str(Residence.objects.get(party=made)) == "東京都千代田区霞が関3-1-1"
    assert AuditEntry.objects.get(what="parties.organisation").subject == str(made.id)


@pytest.mark.parametrize("number", ["7000012050003", "700001205000", "0000012050002", "70000120500020", "abc"])
def test_a_number_whose_check_digit_does_not_hold_is_refused(number, now):
    with pytest.raises(Invalid) as error:
        register_organisation(Notice(DAY), Organisation("見本", number=number), by=SYSTEM, now=now)
    assert "検査用数字" in error.value.problems["number"]
    assert not Act.objects.exists()


def test_who_may_only_look_enters_none(clerk, now):
    with pytest.raises(Refused):
        register_organisation(Notice(DAY), Organisation("見本"), by=clerk, now=now)


def test_the_registrar_enters_one_on_a_page_and_finds_it_in_the_register(browser_of):  # noqa: F811
    browser, page = browser_of("registrar"), reverse("parties:organisation")
    refused = browser.post(page, {"name": "", "number": "1"})
    assert refused.status_code == 400
    assert "名称を書いてください" in refused.content.decode()
    shown = browser.post(page, {"name": "見本株式会社", "number": TAX_AGENCY}, follow=True).content.decode()
    assert "見本株式会社を登録しました" in shown
    assert TAX_AGENCY in shown
    again = browser.post(page, {"name": "別の会社", "number": TAX_AGENCY})
    assert (again.status_code, "すでに登録されています" in again.content.decode()) == (400, True)
    assert browser_of("clerk").get(page).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_with_the_same_number_at_once_one_is_entered(now):
    gate, told = threading.Barrier(2), []

    def enter():
        try:
            gate.wait()
            register_organisation(Notice(DAY), Organisation("見本", number=TAX_AGENCY), by=SYSTEM, now=now)
        except Invalid as error:
            told.append(error.problems)
        finally:
            connection.close()

    threads = [threading.Thread(target=enter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Party.objects.filter(kind="organisation").count() == 1
    assert [list(each) for each in told] == [["number"]]
