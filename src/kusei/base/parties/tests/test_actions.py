"""Acts on the register: what each writes, what it refuses, and how it is undone."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.parties import actions
from kusei.base.parties.actions import Newcomer, Place, Power
from kusei.base.parties.facts import facts
from kusei.base.parties.models import Act, Mandate, Membership, OtherName, Party, Protection, Residence
from kusei.base.parties.queries import home_of, may_act_for, search
from kusei.base.parties.steps import Notice
from kusei.base.parties.tests.conftest import resident

DAY = date(2026, 11, 20)
HERE = Place(town="13107/吾妻橋一丁目", block="1番1号", postal_code="130-0001")


@pytest.fixture
def registrar(clerk):
    return replace(clerk, grants=frozenset({("parties.view", ""), ("parties.change", "")}))


@pytest.fixture
def do(registrar, now):
    """Do an act on 20 November."""
    return lambda act, *args, event="", day=DAY, **kwargs: act(
        Notice(day, event), *args, by=registrar, now=now, **kwargs
    )


def living(person: Party, day: date = DAY) -> list[str]:
    rows = Residence.objects.filter(party=person, since__lte=day).exclude(until__lte=day)
    return [str(row) for row in rows]


def relationships(household) -> dict[str, str]:
    rows = Membership.objects.filter(household=household, until=None).select_related("person")
    return {row.person.name.split("\u3000")[-1]: row.relationship for row in rows}


NEW = Newcomer("北　一郎", "キタ　イチロウ", date(1990, 1, 1), sex="m")
WIFE = Newcomer("北　里子", "キタ　サトコ", date(1991, 1, 1), sex="f")


def test_move_in_makes_people_a_household_and_a_home(do, town, now):
    act = do(actions.move_in, {NEW: "世帯主", WIFE: "妻"}, HERE, event="jumin/1")
    people = {party.name: party for party in act.parties.all()}
    assert set(people) == {"北　一郎", "北　里子"}
    assert str(home_of(people["北　里子"].id, now)) == "吾妻橋一丁目1番1号"
    assert relationships(Membership.objects.first().household) == {"一郎": "世帯主", "里子": "妻"}
    logged = AuditEntry.objects.filter(what="parties.move_in", act="change").values_list("subject", flat=True)
    assert set(logged) == {str(party.id) for party in people.values()}


def test_the_same_event_is_recorded_once(do, town):
    first = do(actions.move_in, {NEW: "世帯主"}, HERE, event="jumin/1")
    assert do(actions.move_in, {NEW: "世帯主"}, HERE, event="jumin/1") == first
    assert Party.objects.filter(kind="person").count() == 1


def test_an_event_that_was_something_else_is_no_repetition(do, town, family):
    do(actions.move_in, {NEW: "世帯主"}, HERE, event="jumin/1")
    with pytest.raises(Invalid) as error:
        do(actions.death, family["凪"].id, event="jumin/1")
    assert set(error.value.problems) == {"event"}


def test_moving_within_the_ward_keeps_where_one_lived(do, family):
    people = {person.id: "x" for person in family.values()}
    do(actions.move_within, people, HERE, same_household=True)
    me = family["花子"]
    assert living(me) == ["吾妻橋一丁目1番1号"]
    assert living(me, DAY - timedelta(days=1)) == ["吾妻橋一丁目23番20号"]
    assert Membership.objects.filter(until=None).count() == 5


def test_when_the_head_leaves_alone_those_who_stay_need_a_head(do, family, household):
    with pytest.raises(Invalid) as error:
        do(actions.move_out, [family["太郎"].id], "大阪市北区1-1")
    assert set(error.value.problems) == {"people"}
    assert living(family["太郎"]) == ["吾妻橋一丁目23番20号"]  # nothing half done
    do(actions.move_out, [family["太郎"].id], "大阪市北区1-1", staying={family["花子"].id: "世帯主"})
    assert relationships(household) == {"花子": "世帯主", "海": "子", "空": "子", "凪": "子の子"}
    left = Party.objects.get(id=family["太郎"].id)
    assert (left.is_resident, living(left)) == (False, ["大阪市北区1-1"])


def test_who_left_comes_back_with_their_history(do, family, now):
    child = family["海"]
    do(actions.move_out, [child.id], "大阪市北区1-1", day=date(2026, 1, 5))
    act = do(actions.move_in, {child.id: "世帯主"}, HERE)
    assert list(act.parties.all()) == [child]
    assert [str(row) for row in Residence.objects.filter(party=child).order_by("since")] == [
        "吾妻橋一丁目23番20号", "大阪市北区1-1", "吾妻橋一丁目1番1号",
    ]  # fmt: skip


def test_a_child_is_born_into_its_parents_household(do, family, household):
    child = Newcomer("墨田　光", "スミダ　ヒカリ", DAY)
    act = do(actions.birth, child, "子", family["花子"].id)
    assert relationships(household)["光"] == "子"
    assert living(act.parties.get()) == ["吾妻橋一丁目23番20号"]
    with pytest.raises(Invalid):
        do(actions.birth, replace(child, birth_date=date(2026, 1, 1)), "子", family["花子"].id)


def test_death_ends_everything_and_mandates_with_it(do, family, now):
    dead, child = family["花子"], family["空"]
    do(actions.empower, child.id, dead.id, Power("guardian", "戸籍"), day=date(2026, 1, 1))
    assert may_act_for(resident(dead), child.id, "何でも", now)
    do(actions.death, dead.id)
    dead.refresh_from_db()
    assert (dead.died_on, dead.is_resident, living(dead)) == (DAY, False, [])
    assert not may_act_for(resident(dead), child.id, "何でも", now)
    with pytest.raises(NotNow):
        do(actions.death, dead.id)


def test_a_household_is_split_and_its_head_changed(do, family, household):
    do(actions.change_household, {family["海"].id: "世帯主", family["凪"].id: "子"})
    assert relationships(household) == {"太郎": "世帯主", "花子": "妻", "空": "子"}
    do(actions.change_household, {family["太郎"].id: "夫", family["花子"].id: "世帯主"}, household=household.id)
    assert relationships(household) == {"太郎": "夫", "花子": "世帯主", "空": "子"}


@pytest.mark.parametrize("kind", ["move_in", "move_within", "move_out", "birth", "death", "household", "name"])
def test_an_act_undone_leaves_the_register_as_it_was_and_both_on_record(do, family, household, kind):
    people = {family["海"].id: "世帯主"}
    acts = {
        "move_in": lambda: do(actions.move_in, {NEW: "子の友人"}, HERE, household=household.id),
        "move_within": lambda: do(actions.move_within, people, HERE),
        "move_out": lambda: do(actions.move_out, [family["海"].id], "大阪"),
        "birth": lambda: do(actions.birth, Newcomer("墨田　光", "ヒカリ", DAY), "子", family["花子"].id),
        "death": lambda: do(actions.death, family["海"].id),
        "household": lambda: do(actions.change_household, people),
        "name": lambda: do(actions.name, family["花子"].id, "former", "北"),
    }

    def state():
        people = Party.objects.filter(id__in=[each.id for each in family.values()]).order_by("id")
        return (
            [(each.is_resident, each.died_on, living(each)) for each in people], relationships(household),
            OtherName.objects.filter(until=None).count(),
        )  # fmt: skip

    before, kept = state(), set(Residence.objects.values_list("id", flat=True))
    act = acts[kind]()
    assert act.kind == kind
    assert state() != before
    undone = do(actions.reverse, act.id, "届出の誤り")
    assert state() == before
    assert (undone.reverses, undone.reason) == (act, "届出の誤り")
    assert kept <= set(Residence.objects.values_list("id", flat=True))
    with pytest.raises(NotNow):
        do(actions.reverse, act.id, "もう一度")


def test_only_the_last_act_can_be_undone(do, family):
    first = do(actions.move_out, [family["海"].id], "大阪")
    second = do(actions.move_in, {family["海"].id: "世帯主"}, HERE)
    with pytest.raises(NotNow):
        do(actions.reverse, first.id, "誤り")
    do(actions.reverse, second.id, "誤り")
    do(actions.reverse, first.id, "誤り")
    assert living(family["海"]) == ["吾妻橋一丁目23番20号"]


@pytest.mark.parametrize(
    ("problem", "error"),
    [
        (lambda do, f: do(actions.move_out, [f["海"].id], "大阪", day=date(2026, 11, 22)), Invalid),
        (lambda do, f: do(actions.move_out, [f["海"].id], "大阪", day=date(2019, 1, 1)), NotNow),
        (lambda do, f: do(actions.move_in, {f["海"].id: "世帯主"}, HERE), NotNow),
        (lambda do, f: do(actions.move_within, {f["海"].id: "世帯主"}, Place()), Invalid),
        (lambda do, f: do(actions.move_within, {UUID(int=5): "世帯主"}, HERE), Invalid),
        (lambda do, f: do(actions.change_household, {f["海"].id: "子"}), Invalid),
        (lambda do, f: do(actions.change_household, {f["海"].id: "子"}, household=UUID(int=5)), Invalid),
        (lambda do, f: do(actions.name, f["海"].id, "nickname", "x"), Invalid),
        (lambda do, f: do(actions.empower, f["海"].id, f["海"].id, Power("guardian", "x")), Invalid),
        (lambda do, f: do(actions.empower, f["海"].id, f["空"].id, Power("proxy", "x")), Invalid),
        (lambda do, f: do(actions.reverse, UUID(int=5), "x"), Invalid),
    ],
    ids=["to come", "before the last", "lives here", "nowhere", "nobody", "no head", "no household", "no kind", "oneself", "unlimited", "no act"],
)  # fmt: skip
def test_what_cannot_be_changes_nothing(do, family, problem, error):
    before = Residence.objects.count(), Membership.objects.count(), Act.objects.count()
    with pytest.raises(error):
        problem(do, family)
    assert (Residence.objects.count(), Membership.objects.count(), Act.objects.count()) == before


def test_who_may_only_look_is_refused(family, clerk, now):
    with pytest.raises(Refused):
        actions.move_out(Notice(DAY), [family["海"].id], "大阪", by=clerk, now=now)
    assert AuditEntry.objects.get().act == "refuse"


def test_former_surnames_and_aliases_are_dated_facts_and_found(do, family, clerk, now):
    me = family["花子"]
    Party.objects.filter(id=me.id).update(former_name="東")
    asked = lambda: facts(me.id, ["former_name", "alias"], "窓口照会", by=SYSTEM, now=now)  # noqa: E731
    assert (asked()["former_name"].value, asked()["alias"].value) == ("東", "")
    do(actions.name, me.id, "former", "渡邉", "ワタナベ")
    do(actions.name, me.id, "alias", "花")
    assert (asked()["former_name"].value, asked()["alias"].value) == ("渡邉", "花")
    assert [found.id for found in search("渡辺", None, purpose="窓口照会", by=clerk, now=now)] == [me.id]
    do(actions.name, me.id, "former", "", day=date(2026, 11, 21))
    assert asked()["former_name"].value == ""
    assert OtherName.objects.filter(party=me, kind="former").count() == 1


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("渡邉", True), ("渡辺　花子", True), ("渡辺 花", False), ("東 花子", True), ("東", True), ("Nguyen thi", True), ("ＮＧＵＹＥＮ", True), ("北 花子", False), ("東 太郎", False),
    ],
)  # fmt: skip
def test_people_are_found_by_former_surname_with_the_given_name_and_in_latin_letters(
    do, family, clerk, now, typed, found
):
    me = family["花子"]
    Party.objects.filter(id=me.id).update(former_name="東", latin_name="NGUYEN THI Hanako")
    do(actions.name, me.id, "former", "渡邉", "ワタナベ")
    people = [each.id for each in search(typed, None, purpose="窓口照会", by=clerk, now=now)]
    assert people == ([me.id] if found else [])


def test_a_representative_gets_facts_for_the_purpose_until_the_end_but_no_protected_address(do, family, now):
    me, other = family["花子"], family["太郎"]

    def ask(at=now, purpose="児童手当"):
        return facts(me.id, ["name", "address", "representatives"], purpose, by=resident(other), now=at)

    with pytest.raises(Refused):
        ask()
    do(actions.empower, me.id, other.id, Power("proxy", "委任状", ("児童手当",), date(2026, 12, 1)))
    assert ask()["address"].value["block"] == "23番20号"
    assert [(each["name"], each["kind"]) for each in ask()["representatives"].value] == [("墨田　太郎", "proxy")]
    with pytest.raises(Refused):
        ask(purpose="税の証明")
    with pytest.raises(Refused):
        ask(now + timedelta(days=10))
    Protection.objects.create(party=me, since=date(2026, 1, 1), ground="配偶者からの暴力")
    assert ask()["address"].value is None


def test_a_mandate_ends_when_it_is_ended(do, family, now):
    me, other = family["花子"], family["太郎"]
    do(actions.empower, me.id, other.id, Power("guardian", "審判書"))
    do(actions.end_mandate, Mandate.objects.get().id, day=date(2026, 11, 21))
    assert not may_act_for(resident(other), me.id, "児童手当", now)
    with pytest.raises(NotNow):
        do(actions.end_mandate, Mandate.objects.get().id, day=date(2026, 11, 21))


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "person", "birth_date": date(1990, 1, 1), "corporate_number": "7000012050002"},
        {"kind": "organisation", "corporate_number": "700001205000"},
        {"kind": "person", "birth_date": date(1990, 1, 1), "died_on": date(2000, 1, 1)},
    ],
    ids=["a person's corporate number", "twelve digits", "a dead resident"],
)
def test_the_database_itself_refuses_what_cannot_be(db, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Party.objects.create(name="x", as_of=DAY, **wrong)
