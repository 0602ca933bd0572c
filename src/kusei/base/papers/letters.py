"""What stands on every letter about a case (通知書): whom it is for, what it answers, whom to ask. For layouts that use `letter.typ`."""

from datetime import datetime

from django.conf import settings

from kusei.base.decide.models import Case
from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.wards import load_ward
from kusei.base.parties.queries import home_of


def head(case: Case, now: datetime) -> dict:
    """addressee, received (和暦), receipt and contact, as `letter.typ` prints them."""
    department = case.department
    return {
        "addressee": addressee(case, now),
        "received": wareki(local_date(case.received_at)),
        "receipt": case.number,
        "contact": {
            "department": f"{load_ward(settings.WARD).name['ja']} {department.name['ja']}",
            "place": department.place,
            "phone": department.phone,
        },
    }


def addressee(case: Case, now: datetime) -> dict:
    """Name and address for the window of the envelope; the building on a line of its own. It is the recipient's own address, and there is
    none where the applicant isn't known to the register."""
    home = home_of(case.party_id, now) if case.party_id else None
    lines = []
    if home and home.town:
        lines = [f"東京都{load_ward(settings.WARD).name['ja']}{home.town.name}{home.block}", home.building]
    elif home:
        lines = [home.elsewhere]
    return {
        "postal": home.postal_code if home else "",
        "lines": [line for line in lines if line],
        "name": case.applicant_name,
    }
