"""Sealed fields: in the clear for code, sealed in the database, bound to their row, never to be searched."""

import json
from datetime import date

import pytest
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import F
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from kusei.base.ask.actions import Merge
from kusei.base.ask.models import Draft, Snapshot
from kusei.base.kernel import clock
from kusei.base.secrets import fields, keyring, rotation
from kusei.base.secrets.fields import MARK, SealedAnswers, opened_answers, sealed_answers
from kusei.base.secrets.keyring import NoKey
from kusei.base.secrets.sealing import Broken, key_of
from kusei.base.staff.models import Department
from kusei.family.child_allowance.models import Award
from kusei.site import bundle
from kusei.site.prepare import refuse_without_keys

NUMBER = "7654321"
BANK = {"bank_code": "0001", "bank_name": "見本銀行", "branch_code": "001", "branch_name": "本店", "account": "ordinary",
        "number": NUMBER, "holder": "スミダ ハナコ"}  # fmt: skip


@pytest.fixture(autouse=True)
def keys(settings, tmp_path):
    settings.SEALING_KEYS = None
    settings.KUSEI_HOME = tmp_path


def kept(table: str, column: str, key) -> str:
    """What the database holds."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column}::text FROM {table} WHERE id = %s", [key])
        return cursor.fetchone()[0]


@pytest.fixture
def make_award(db, make_person):
    section, _new = Department.objects.get_or_create(
        path="s", defaults={"code": "s", "kind": "section", "name": {"ja": "課"}}
    )

    def make(number: int) -> Award:
        day = date(2026, 4, 1)
        person = make_person(name=f"見本　{number}")
        return Award.objects.create(
            case_id=person.id, number=str(number), recipient=person, department=section, from_month=day, decided_on=day,
            monthly_yen=10_000, bank={**BANK, "number": f"{number:07}"},
        )  # fmt: skip

    return make


@pytest.fixture
def make_draft(db, make_resident):
    def make(answers: dict) -> Draft:
        at = clock.now()
        snapshot = Snapshot.objects.create(
            procedure="p", number=1, digest="0" * 64, definition={}, valid_from=at.date(), published_at=at
        )
        return Draft.objects.create(
            account=make_resident(), snapshot=snapshot, procedure="p", answers=answers, created_at=at, updated_at=at
        )

    return make


def test_an_award_is_sealed_in_the_database_and_in_the_clear_for_code(make_award):
    made = make_award(7654321)
    found = Award.objects.get(id=made.id)
    assert found.bank == made.bank == BANK
    assert kept("child_allowance_award", "bank_sealed", made.id).startswith("sealed:1:")
    assert NUMBER not in kept("child_allowance_award", "bank_sealed", made.id)
    found.bank = {**BANK, "number": "1111111"}
    found.save()
    found.refresh_from_db()
    assert found.bank["number"] == "1111111"
    assert Award.objects.defer("bank").get(id=made.id).bank["number"] == "1111111"


def test_saving_what_was_not_opened_needs_no_key_and_changes_nothing(make_award, settings, tmp_path):
    made = make_award(1)
    before = kept("child_allowance_award", "bank_sealed", made.id)
    found = Award.objects.get(id=made.id)
    settings.KUSEI_HOME = tmp_path / "elsewhere"
    found.save()
    assert kept("child_allowance_award", "bank_sealed", made.id) == before


def test_without_the_key_the_field_fails_and_the_row_is_still_there(make_award, settings, tmp_path):
    made = make_award(1)
    settings.KUSEI_HOME = tmp_path / "elsewhere"
    found = Award.objects.get(id=made.id)
    assert found.number == "1"
    with pytest.raises(NoKey):
        assert found.bank


def test_a_value_copied_into_another_row_does_not_open(make_award):
    one, other = make_award(1), make_award(2)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE child_allowance_award a SET bank_sealed = b.bank_sealed FROM child_allowance_award b WHERE a.id = %s AND b.id = %s",
            [one.id, other.id],
        )
    with pytest.raises(Broken):
        assert Award.objects.get(id=one.id).bank


def test_it_can_be_neither_searched_nor_updated_in_a_query_nor_shown_by_mistake(make_award):
    made = make_award(7654321)
    for question in ({"bank": BANK}, {"bank__contains": NUMBER}, {"bank__number": NUMBER}):
        with pytest.raises(FieldError):
            list(Award.objects.filter(**question))
    with pytest.raises(FieldError), transaction.atomic():
        Award.objects.update(bank=BANK)
    assert Award.objects.filter(bank__isnull=False).count() == 1
    (shown,) = Award.objects.filter(id=made.id).values_list("bank", flat=True)
    assert f"{shown} {shown!r} {[shown]}" == "[sealed] [sealed] [[sealed]]"


def test_only_the_sensitive_answers_are_sealed_wherever_they_stand():
    answers = {"phone": "03", "bank": BANK, "people": [{"name": "空", "bank": BANK}], "none": None}
    sealed = sealed_answers(answers)
    assert sealed["phone"] == "03"
    assert set(sealed["bank"]) == set(sealed["people"][0]["bank"]) == {MARK}
    assert NUMBER not in json.dumps(sealed)
    assert opened_answers(sealed) == answers


def test_an_answer_cannot_pose_as_sealed():
    with pytest.raises(ValueError, match="poses"):
        sealed_answers({"name": {MARK: "sealed:1:k1:AAAA"}})


def test_pages_merged_by_the_database_stay_sealed(make_draft):
    draft = make_draft({"phone": "03"})
    patch = models.Value({"bank": BANK}, output_field=SealedAnswers())
    Draft.objects.filter(id=draft.id).update(answers=Merge(F("answers"), patch))
    assert NUMBER not in kept("ask_draft", "answers", draft.id)
    assert Draft.objects.get(id=draft.id).answers == {"phone": "03", "bank": BANK}


# ---- rotation -------------------------------------------------------------------------------------------------------------


def test_rotation_seals_everything_anew_and_is_broken_off_and_resumed_at_will(make_award, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 2)
    made = [make_award(number) for number in range(1, 6)]
    old = keyring.keyring().current
    keyring.replace(keyring.keyring().with_new())
    batches = rotation._batches(Award._meta.get_field("bank"))
    assert rotation._batch(Award._meta.get_field("bank"), next(batches)) == 2  # and there the power fails
    assert rotation.left(old) == 3
    assert rotation.rotate(lambda line: None) == 3
    assert rotation.left(old) == 0
    keyring.replace(keyring.keyring().without(old))
    for number, award in enumerate(made, start=1):
        assert Award.objects.get(id=award.id).bank["number"] == f"{number:07}"
        assert key_of(kept("child_allowance_award", "bank_sealed", award.id)) == keyring.keyring().current


def test_rotation_reaches_answers_inside_json(make_draft):
    answers = {"phone": "03", "bank": BANK}
    draft = make_draft(answers)
    old = keyring.keyring().current
    keyring.replace(keyring.keyring().with_new())
    assert rotation.left(old) == 1
    assert rotation.rotate(lambda line: None) == 1
    keyring.replace(keyring.keyring().without(old))
    assert Draft.objects.get(id=draft.id).answers == answers


def test_the_sealed_fields_are_these():
    """docs/operations.md lists them."""
    found = {f"{field.model._meta.db_table}.{field.column}" for field in rotation.sealed_fields()}
    assert {"child_allowance_award.bank_sealed", "ask_draft.answers", "ask_answerset.answers", "ask_correction.answers",
            "decide_case.answers"} <= found  # fmt: skip
    assert not any(
        isinstance(field, fields.SealedText) and (field.db_index or field.unique) for field in rotation.sealed_fields()
    )


def test_no_table_of_a_ward_holds_an_account_number_in_the_clear(ward):
    with ward.connect() as connection:
        for table, _key in connection.execute(bundle.TABLES).fetchall():
            query = f"SELECT count(*) FROM public.{table} AS t WHERE t::text ~ 'number\\W+00000\\d\\d\\W'"
            assert connection.execute(query).fetchone()[0] == 0, table
        assert connection.execute("SELECT count(*) FROM decide_case WHERE answers::text LIKE '%sealed:1:%'").fetchone()[
            0
        ]


def test_keys_are_rotated_from_the_command_line_while_old_ones_are_needed(ward):
    (old,) = json.loads((ward.home / "secrets" / "keys.json").read_text())["keys"]
    assert "sealed anew" in ward.kusei("manage", "rotate_keys")
    ward.kusei("manage", "rotate_keys", "--forget", old)
    with ward.connect() as connection:
        assert (
            connection.execute(f"SELECT count(*) FROM decide_case WHERE answers::text LIKE '%:{old}:%'").fetchone()[0]
            == 0
        )
    assert "The audit log is whole." in ward.kusei("audit", "verify")


SEALING = [("ask", "0003_seal_answers"), ("decide", "0003_seal_answers"), ("child_allowance", "0002_seal_bank")]


def test_what_was_kept_in_the_clear_before_is_sealed_by_the_migrations(ward):
    """The columns are put back as they were, with their content in the clear; the migrations run as on an installation of old."""
    graph = MigrationLoader(None).graph
    later = {node for each in SEALING for node in graph.backwards_plan(each)}
    with ward.connect() as connection:
        connection.execute(
            "UPDATE ask_draft SET answers = answers || %s WHERE id = (SELECT min(id::text)::uuid FROM ask_draft)",
            [Jsonb({"bank": BANK})],
        )
        connection.execute("ALTER TABLE child_allowance_award ADD COLUMN bank jsonb")
        connection.execute("ALTER TABLE child_allowance_award DROP COLUMN bank_sealed")
        connection.execute("UPDATE child_allowance_award SET bank = %s", [Jsonb(BANK)])
        for app, name in later:
            connection.execute("DELETE FROM django_migrations WHERE app = %s AND name = %s", [app, name])
        awards = connection.execute("SELECT count(*) FROM child_allowance_award").fetchone()[0]
    for app, name in SEALING:
        ward.kusei("manage", "migrate", app, name)
    ward.kusei("manage", "migrate", "--fake")  # what came after is there already
    with ward.connect() as connection:
        found = connection.execute(
            "SELECT count(*) FROM child_allowance_award WHERE bank_sealed LIKE 'sealed:1:%'"
        ).fetchone()[0]
        assert found == awards > 0
        for table in ("ask_draft", "child_allowance_award"):
            assert (
                connection.execute(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%{NUMBER}%'").fetchone()[0]
                == 0
            )
    assert json.loads(ward.act("banks")) == [BANK] * awards


def test_a_start_with_another_keyring_is_refused(make_award, settings, tmp_path, capsys):
    """Lost, a new one would be made without a word: everything written from then on would be sealed with a key nobody looks after."""
    make_award(1)
    assert rotation.trial() >= 1
    settings.KUSEI_HOME = tmp_path / "another"
    with pytest.raises(NoKey):
        rotation.trial()
    with pytest.raises(SystemExit) as exit_:
        refuse_without_keys()
    assert exit_.value.code == 1
    assert "Refusing to start" in capsys.readouterr().err
    with pytest.raises(CommandError, match="can't be opened"):
        call_command("check_keys")


def test_a_start_with_a_key_of_the_same_name_but_another_is_refused(make_award, settings):
    make_award(1)
    ring = keyring.keyring()
    settings.SEALING_KEYS = SecretStr(keyring.Keyring(ring.current, {name: bytes(32) for name in ring.keys}).text())
    with pytest.raises(Broken):
        rotation.trial()
