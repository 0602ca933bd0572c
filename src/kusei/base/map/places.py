"""Places that several modules show."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from kusei.base.kernel.i18n import text
from kusei.base.kernel.wards import load_ward
from kusei.base.parties.models import Town


def counter(code: str, now: datetime) -> Iterator[tuple[str, float, float, dict]]:
    """The counter (窓口) of the section with that code, as a layer's feature: in the ward hall, at the middle of its town; nothing where
    the town's place isn't known. Raises KeyError for a code the ward doesn't have."""
    ward = load_ward(settings.WARD)
    section = ward.department(code)
    town = Town.objects.filter(ward_code=ward.code, name=ward.office.town).exclude(lat=None).first()
    if not town:
        return
    yield (
        code,
        town.lng,
        town.lat,
        {
            "name": text(ward.office.name),
            "section": text(section.name),
            "floor": section.place,
            "address": f"{ward.name['ja']}{ward.office.town}{ward.office.block}",
            "phone": section.phone,
            "hours": f"{ward.hours.open:%H:%M}-{ward.hours.close:%H:%M}",
            "precision": "town",
        },
    )
