"""Pages that need something to have happened first: emergency access, and one role. Nothing for axe to find, nothing that sticks out."""

import pytest
from tests.browser.helpers import look_at, sign_in_as

from kusei.base.emergency.tests.test_emergency import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.base.emergency.tests.test_emergency import HOUR, NOW, begin, case_of, person
from kusei.base.staff.models import Role

pytestmark = pytest.mark.django_db(transaction=True)
for name in [name for name in globals() if name.startswith("test_")]:
    del globals()[name]  # they run where they stand


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_axe_finds_nothing_on_the_pages_of_power(language, house, now, open_page):
    her = person()
    case_of(her)
    running, over = begin(house, her), begin(house, her, "chief", NOW - HOUR)
    role = Role.objects.get(staff=house["clerk"])
    shown = {
        "clerk": [("asked", "/office/emergency"), ("subject", f"/office/emergency/{running.id}")],
        "chief": [
            ("role", f"/office/roles/{role.id}"),
            ("running", f"/office/emergency/uses/{running.id}"),
            ("roles", "/office/roles"),
        ],
        "above": [("over", f"/office/emergency/uses/{over.id}"), ("uses", "/office/emergency/uses")],
    }
    for who, pages in shown.items():
        page = open_page()
        page.goto(f"/?lang={language}")
        sign_in_as(page, house[who].account)
        for name, address in pages:
            page.goto(address)
            look_at(page, f"power-{name}-{language}")
