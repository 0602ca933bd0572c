"""Portal and office as two installations: each serves its own pages and does its own acts, and every page it serves stands on its own feet."""

from contextlib import contextmanager

import pytest
from django.test import override_settings
from tests.guards.routes import Route, routes
from tests.guards.scene import undone
from tests.guards.test_matrix import ONLY_IN_DEMONSTRATIONS, address, methods, visitor

from kusei.base.accounts.models import PartyLink
from kusei.base.kernel import clock
from kusei.base.kernel.acts import ACTIONS
from kusei.base.kernel.errors import Refused
from kusei.base.kernel.offers import registry
from kusei.base.parties import known
from kusei.base.parties.models import KnownFacts, Party
from kusei.base.web import context, navigation
from kusei.site.parts import served

PARTS = ("portal", "office")


@contextmanager
def part_of(name: str):
    """The installation is that part. What was kept in memory about pages is forgotten before and after."""
    kept = (navigation.address, context.frame, context._masthead, context._portal_addresses)
    with override_settings(PART=name, ROOT_URLCONF=f"kusei.site.urls_{name}"):
        for each in kept:
            each.cache_clear()
        yield
    for each in kept:
        each.cache_clear()


def of(name: str) -> list[Route]:
    with part_of(name):
        return routes()


def names(part: str) -> set[str]:
    return {route.name for route in of(part)}


def told(scene) -> None:
    """The portal has what the office said of everybody who is tied."""
    now = clock.now()
    for person in Party.objects.filter(partylink__until=None, partylink__isnull=False):
        facts, _ = known.snapshot(person, now)
        KnownFacts.objects.update_or_create(
            party=person,
            defaults={
                "facts": facts,
                "as_of": person.as_of,
                "source": person.source,
                "taken_at": now,
                "until": now + known.LIVES,
            },
        )


def test_every_page_is_served_by_one_of_them_and_only_a_few_by_both():
    everything = {route.name for route in routes()}
    portal, office = names("portal"), names("office")
    assert portal | office == everything | {"line:exchange"}
    assert {route.name for route in routes() if route.page["who"] == "staff"} & portal == set()
    assert {route.name for route in of("office") if route.page["who"] == "resident"} <= {
        "accounts:keys", "accounts:passkey_creation", "accounts:passkey_register", "accounts:add_service",
    }  # fmt: skip
    assert not {name for name in office if name.startswith(("ask:", "find:", "publish:", "map:"))}
    assert not {name for name in portal if name.startswith(("decide:", "record:", "parties:", "audit:", "jobs:"))}


@pytest.mark.parametrize(
    ("part", "route"), [(part, route) for part in PARTS for route in of(part)], ids=lambda x: getattr(x, "name", x)
)
def test_every_page_of_a_part_stands_without_the_other(part, route, scene):
    if route.name in ONLY_IN_DEMONSTRATIONS or route.name.startswith("api:"):  # programs have walks of their own
        return
    told(scene)
    url = "/line/exchange" if route.name == "line:exchange" else address(route, scene)
    public = part == "office" and route.page["who"] in ("public", "resident")
    browser = scene.client("clerk" if public else visitor(route, scene))
    with part_of(part):
        for method in methods(route):
            with undone():
                answer = browser.get(url) if method == "GET" else browser.post(url, {})
                assert answer.status_code < 500, (method, url, answer.status_code)


@pytest.mark.parametrize("part", PARTS)
def test_who_is_not_signed_in_finds_a_way_in(part, client, db):
    with part_of(part):
        answer = client.get("/", follow=True)
        assert answer.status_code == 200
        assert answer.redirect_chain == ([] if part == "portal" else [("/office/start", 302), ("/office/sign-in", 302)])


def test_acts_of_the_other_side_are_refused(scene):
    case = scene.case(next(iter(scene.applications)))
    from kusei.base.decide import actions as office

    with part_of("portal"), pytest.raises(Refused, match="elsewhere"):
        office.take(case, by=scene.actor("clerk"), now=scene.now)


def test_every_act_of_a_wing_belongs_to_the_office():
    assert all(
        about["side"] == "office"
        for name, about in ACTIONS.items()
        if name.startswith(("counter.", "family.", "office."))
    )
    assert {about["side"] for name, about in ACTIONS.items() if name.startswith("base.ask.")} == {"portal", "office"}
    assert ACTIONS["base.ask.actions.publish"]["side"] == "office"


def test_jobs_of_wings_run_in_the_office_alone():
    jobs = {job.name: job.side for job in registry.all("jobs")}
    assert jobs["child_allowance.end_awards"] == jobs["lost_property.expire"] == "office"
    assert jobs["retention.apply"] == jobs["files.sweep"] == ""


def test_a_tie_is_not_needed_twice(scene):
    """The scene has ties: the pages above were seen by somebody whom the register knows."""
    assert PartyLink.objects.filter(until=None).exists()


def test_both_parts_are_made_of_the_same_pages():
    whole = {route.name: route.pattern for route in routes()}
    for part in PARTS:
        assert all(whole[route.name] == route.pattern for route in of(part) if route.name != "line:exchange")
    assert len(served("all")) >= 15
