"""Fill a demonstration ward, stage by stage, each safe to repeat: what is there stays, what is missing is made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter

from django.conf import settings

from kusei.base.accounts.models import Account
from kusei.base.accounts.queries import link_of
from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.ask.models import Snapshot
from kusei.base.builder.queries import kept_by_office
from kusei.base.demo import HISTORY, towns
from kusei.base.demo.families import demonstration_families
from kusei.base.demo.households import generate
from kusei.base.demo.residents import fill_accounts, fill_residents, made_residents, person_of, tie_families
from kusei.base.demo.staff import POSTS, fill_departments, fill_staff, kept_passwords
from kusei.base.kernel import parts
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.offers import Registry
from kusei.base.kernel.wards import Ward
from kusei.base.parties import queries as parties
from kusei.base.parties.models import Town


@dataclass(frozen=True)
class Wanted:
    """What to fill: the ward, how many residents from which seed, published data if there is any, where passwords are kept."""

    ward: Ward
    residents: int
    seed: int
    data: Path | None
    passwords: Path
    registry: Registry


def fill(wanted: Wanted, *, now: datetime, say: Callable[[str], None]) -> str:
    """Run every stage, telling progress through `say`; returns the demonstration logins as text."""
    passwords = kept_passwords(wanted.passwords)
    stages = [
        ("部署 departments", "", lambda: fill_departments(wanted.ward, by=SYSTEM, now=now)),
        ("職員 staff", "office", lambda: fill_staff(wanted.ward, passwords, by=SYSTEM, now=now)),
        ("町 towns", "", lambda: _towns(wanted, now, say)),
        ("住民 residents", "office", lambda: _residents(wanted, now, say)),
        ("アカウント accounts", "", lambda: _accounts(wanted, now)),
        ("手続 procedures", "office", lambda: _procedures(wanted, now)),
    ]
    for title, side, run in stages:
        started = perf_counter()
        if parts.here(side) and (done := run()):
            say(f"  {title}: {done:,} ({perf_counter() - started:.1f} s)")
    for offers in wanted.registry.modules():
        started = perf_counter()
        if offers.demo and settings.PART in ("all", offers.demo_side) and (done := offers.demo(now)):
            say(f"  {offers.module}: {done:,} ({perf_counter() - started:.1f} s)")
    return logins(wanted, passwords, now)


def _accounts(wanted: Wanted, now: datetime) -> int:
    """The families' accounts and ties; of two installations the portal has the accounts, and the office says whose they are."""
    families = _families(wanted, now)
    if parts.split() and parts.here("office"):
        return tie_families(families, by=SYSTEM, now=now)
    return fill_accounts(families, tie=not parts.split(), by=SYSTEM, now=now)


def _families(wanted: Wanted, now: datetime):
    return demonstration_families(wanted.ward.slug, local_date(now))


def _towns(wanted: Wanted, now: datetime, say: Callable[[str], None]) -> int:
    """The whole ward where published data is at hand; else, in a ward that has no towns yet, the made list."""
    file = towns.address_file(wanted.data, wanted.ward) if wanted.data else None
    if file and file.exists():
        rows, faults = towns.read_towns(file)
        for fault in faults:
            say(f"  {file.name}: {fault}")
        source = towns.CREDIT
    elif Town.objects.filter(ward_code=wanted.ward.code).exists():
        return 0
    else:
        rows, source = towns.made_rows(wanted.ward), towns.MADE
    report = towns.import_towns(wanted.ward.code, rows, source=source, by=SYSTEM, now=now)
    return len(report.added) + len(report.changed)


def _residents(wanted: Wanted, now: datetime, say: Callable[[str], None]) -> int:
    there = made_residents()
    if there:
        if there != wanted.residents:
            say(f"  住民 residents: {there:,} are there already and stay; --fresh makes {wanted.residents:,} others")
        return 0
    names = list(Town.objects.filter(ward_code=wanted.ward.code).order_by("name").values_list("name", flat=True))
    say(f"  住民 residents: making {wanted.residents:,} …")
    households = generate(wanted.ward.slug, names, wanted.residents, wanted.seed, local_date(now))
    return fill_residents(wanted.ward, households, by=SYSTEM, now=now)


def _procedures(wanted: Wanted, now: datetime) -> int:
    """Publish what the modules offer: what is new has been open all the while, what has changed holds from today. What the
    office publishes itself stays as it is. Returns how many."""
    today, published = local_date(now), 0
    own = kept_by_office()
    for slug in wanted.registry.all("procedures"):
        if slug in own:
            continue
        begun = today if Snapshot.objects.filter(procedure=slug).exists() else today - HISTORY
        snapshot = ask.publish(slug, catalogue.written(slug), valid_from=begun, by=SYSTEM, now=now)
        published += snapshot.published_at == now
    return published


def logins(wanted: Wanted, passwords: dict[str, str], now: datetime) -> str:
    """Who can sign in here and how, one line each; for whoever is not tied yet, what the letter's request asks for."""
    lines = [*(_residents_logins(wanted, now) if parts.here("portal") else [])]
    if parts.here("office"):
        lines.append(f"職員 Staff (number and password; kept in {wanted.passwords})")
    for post in POSTS:
        if post.signs_in and parts.here("office"):
            section = wanted.ward.department(post.department).name["ja"]
            lines.append(f"  {post.login}  {passwords[post.login]}  {post.title} {post.name} ({section})")
    return "\n".join(lines) + "\n"


def _residents_logins(wanted: Wanted, now: datetime) -> list[str]:
    lines = ["住民 Residents (the code arrives in the demonstration's mailbox)"]
    for family in _families(wanted, now):
        lines.append(f"  {family.email:<20} {family.person.name}")
        if not (family.tied if parts.split() else _is_tied(family.email, now)):
            person = family.person if parts.split() else person_of(family)
            home = parties.home_of(person.id, now) if not parts.split() else None
            town, block = (home.town.name, home.block) if home else family.address[:2]
            born = f"{wareki(person.birth_date)} ({person.birth_date})"
            lines.append(f"  {'':<20} not tied yet; for the letter: {born}, {town} {block}")
    return lines


def _is_tied(email: str, now: datetime) -> bool:
    account = Account.objects.filter(login=email).first()
    return bool(account and link_of(account.id, now))
