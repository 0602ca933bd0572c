"""Made residents apply as anybody does: every page through its form, every act through its action, only at times gone by."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from PIL import Image, ImageDraw

from kusei.base.accounts.models import Account, PartyLink
from kusei.base.accounts.queries import actor_for
from kusei.base.ask import actions, engine, groups
from kusei.base.ask.filling import Correcting, Filling
from kusei.base.ask.models import Application, Correction, Draft
from kusei.base.demo.families import demonstration_families
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.wards import load_ward
from kusei.base.parties.models import Party
from kusei.base.staff.queries import colleagues

Typed = Mapping[str, Any]
"""By field what is typed or chosen; by a group's key a list of these."""


def resident(person: Party, login: str, at: datetime) -> Actor:
    """A made resident with an account tied at the counter the day before; no address, so that no mail is sent."""
    before = at - timedelta(days=1)
    account = Account.objects.create(kind="resident", login=login, created_at=before, password=make_password(None))
    PartyLink.objects.create(account=account, party=person, means="counter", since=before)
    return actor_for(account, at)


def apply(
    slug: str,
    typed: Callable[[Draft], Typed],
    *,
    by: Actor,
    now: datetime,
    sign: Callable[[bytes], bytes] | None = None,
) -> Application:
    """Fill in a procedure page by page and submit it. `typed` gives everything that is typed and chosen, by field name, `sign` the signature
    (CMS) over a text where the procedure wants one.

    Raises Invalid where a page would refuse it, NotNow where the procedure isn't open.
    """
    filling = fill_in(slug, typed, by=by, now=now)
    if sign:
        actions.sign(filling, sign(filling.text_to_sign()), by=by, now=now)
    return actions.submit(filling.draft, by=by, now=now)


def fill_in(slug: str, typed: Callable[[Draft], Typed], *, by: Actor, now: datetime) -> Filling:
    """Start a procedure and answer every question, as `apply` does, but don't submit it."""
    draft = actions.start(slug, by=by, now=now, today=local_date(now))
    filling = Filling(draft, by, now)
    _fill(filling, typed(draft))
    return filling


def correct(application: Application, *, by: Actor, now: datetime, **typed: str | list[str]) -> None:
    """Answer the correction that is asked for, and send it."""
    correction = Correction.objects.get(application=application, answered_at=None)
    _fill(Correcting(correction, by, now), typed)
    actions.send_correction(correction, by=by, now=now)


def _fill(filling: Filling, typed: Typed) -> None:
    groups_of = {key for key, question in filling.procedure.questions.items() if question.kind == "group"}
    post = _posted({name: value for name, value in typed.items() if name not in groups_of})
    files = {key: [picture(key)] for key, question in filling.procedure.questions.items() if question.kind == "file"}
    while (page := filling.lacking()) and not page.stop:
        if group := filling.procedure.group_on(page):
            _fill_items(filling, group, typed[group])
        else:
            filling.save(engine.read(filling.procedure, page, post, filling.setting(MultiValueDict(files))))


def _fill_items(filling: Filling, key: str, items: list[Typed]) -> None:
    """Fill in a group's items, each as on its own page."""
    question = filling.procedure.questions[key]
    for typed in items:
        files = MultiValueDict({name: [picture(name)] for name in question.files()})
        setting = groups.inside(filling.setting(files), question, key, None)
        item = {"id": groups.new_id(), **engine.read_all(question.questions, _posted(typed), setting)}
        filling.change_items(key, lambda there, item=item: groups.put(there, item, question.greatest))


def _posted(typed: Typed) -> QueryDict:
    post = QueryDict(mutable=True)
    for name, value in typed.items():
        post.setlist(name, value if isinstance(value, list) else [value])
    return post


def picture(name: str) -> SimpleUploadedFile:
    """A small picture that says it is a sample."""
    image = Image.new("RGB", (640, 400), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, 620, 380), outline="navy", width=4)
    pen.text((60, 180), f"SAMPLE {name}", fill="navy", font_size=40)
    out = BytesIO()
    image.save(out, "JPEG")
    return SimpleUploadedFile(f"{name}.jpg", out.getvalue(), content_type="image/jpeg")


def parents(most: int, today: date, oldest_child: int, *, source: str) -> list[Party]:
    """Made heads of household (of that source) who bring up a child not older than `oldest_child`, always the same ones.

    Nobody is protected, and the families of the demonstration logins, who apply for themselves, are not among them.
    """
    born_after = today - timedelta(days=int(oldest_child * 365.25))
    logins = [member.name for family in demonstration_families(settings.WARD, today) for member in family.members]
    heads = Party.objects.filter(
        kind="person",
        source=source,
        nationality="JPN",
        protections=None,
        partylink=None,
        memberships__relationship="世帯主",
        memberships__household__members__relationship="子",
        memberships__household__members__person__birth_date__gt=born_after,
    )
    return list(heads.exclude(name__in=logins).distinct().order_by("birth_date", "kana")[:most])


def path_of(code: str) -> str:
    """The path of the ward's department with that code."""
    return load_ward(settings.WARD).path(code)


def clerk_of(code: str, at: datetime, post: str = "clerk", number: int = 0) -> Actor:
    """Somebody in that post who works for the department with that code at that time; several in turn."""
    people = [
        each for each in colleagues(path_of(code), "decide.view", at).select_related("account") if each.post == post
    ]
    return actor_for(people[number % len(people)].account, at)
