"""The register of residents as a file (住民の一括取込): columns, what the register holds, and the act that writes what a file changes."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.countries import country
from kusei.base.parties import queries
from kusei.base.parties.models import Party, Town
from kusei.base.record.importers import Column, FedRegister, Importer
from kusei.base.record.models import Import

PURPOSE = "住民の一括取込"
COLUMNS = (
    Column(
        "宛名番号",
        20,
        required=True,
        valid=lambda text: text.isascii() and text.isalnum(),
        hint=lazy("半角の英数字で書いてください。"),
    ),
    Column("氏名", 200, required=True),
    Column("フリガナ", 200),
    Column("ローマ字氏名", 200),
    Column("生年月日", 20, required=True, kind="date"),
    Column("性別", 1, among=lambda: ("m", "f"), hint=lazy("男は m、女は f と書いてください。")),
    Column(
        "国籍",
        3,
        valid=lambda text: country(text) != text,
        hint=lazy("国コード（例：JPN、VNM）を英大文字3字で書いてください。"),
    ),
    Column("電話番号", 20, hidden=True),
    Column(
        "町コード",
        60,
        among=lambda: Town.objects.values_list("id", flat=True),
        hidden=True,
        hint=lazy("「13107/吾妻橋一丁目」のように、登録のある町を書いてください。"),
    ),
    Column("番地", 40, hidden=True),
    Column("方書", 100, hidden=True),
    Column("郵便番号", 8, hidden=True),
    Column("旧氏", 100),
    Column("在留資格", 40),
)
CURRENT = """
SELECT p.id AS party, p.number AS key, ARRAY[p.number, p.name, p.kana, p.latin_name, p.birth_date::text, p.sex, p.nationality, p.phone,
       coalesce(r.town_id, ''), coalesce(r.block, ''), coalesce(r.building, ''), coalesce(r.postal_code, ''), p.former_name, p.residence_status]::text[] AS cells, r.since
  FROM parties_party AS p LEFT JOIN parties_residence AS r ON r.party_id = p.id AND r.until IS NULL
 WHERE p.kind = 'person' AND p.number IS NOT NULL
"""
# New people first, then what changed of those there, then where they live; each with its act. In one go for all rows: 100,000 are usual.
WRITE = (
    "UPDATE record_importrow SET party = uuidv7() WHERE of_id = %(run)s AND outcome = 'added'",
    """
    INSERT INTO parties_party (id, kind, name, kana, latin_name, former_name, number, birth_date, sex, nationality, residence_status,
                               is_resident, phone, source, as_of)
    SELECT party, 'person', cells[2], cells[3], cells[4], cells[13], cells[1], cells[5]::date, cells[6], cells[7], cells[14], true, cells[8], '住民記録', %(day)s
      FROM record_importrow WHERE of_id = %(run)s AND outcome = 'added'
    """,
    """
    UPDATE parties_party AS p SET name = cells[2], kana = cells[3], latin_name = cells[4], birth_date = cells[5]::date, sex = cells[6],
                                  nationality = cells[7], phone = cells[8], former_name = cells[13], residence_status = cells[14], as_of = %(day)s,
                                  is_resident = p.died_on IS NULL AND (p.is_resident OR cells[9] <> '')
      FROM record_importrow AS r WHERE r.of_id = %(run)s AND r.outcome = 'changed' AND p.id = r.party
    """,
    """
    UPDATE parties_residence AS home SET until = %(day)s
      FROM record_importrow AS r
     WHERE r.of_id = %(run)s AND r.outcome = 'changed' AND r.cells[9:12] <> r.before[9:12] AND home.party_id = r.party AND home.until IS NULL
    """,
    """
    INSERT INTO parties_residence (id, party_id, town_id, block, building, elsewhere, postal_code, since)
    SELECT uuidv7(), party, cells[9], cells[10], cells[11], '', cells[12], %(day)s
      FROM record_importrow
     WHERE of_id = %(run)s AND outcome IN ('added', 'changed') AND cells[9] <> ''
       AND (before IS NULL OR cells[9:12] <> before[9:12])
    """,
    """
    WITH acts AS (
        INSERT INTO parties_act (id, kind, day, event, steps, reason, recorded_at, recorded_by)
        SELECT uuidv7(), 'import', %(day)s, 'import/' || %(run)s::text || '/' || party,
               CASE WHEN before IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object('did', 'import', 'was', to_jsonb(before))) END,
               '', %(now)s, %(account)s
          FROM record_importrow WHERE of_id = %(run)s AND outcome IN ('added', 'changed')
        RETURNING id, event
    )
    INSERT INTO parties_act_parties (act_id, party_id) SELECT id, split_part(event, '/', 3)::uuid FROM acts
    """,
)  # fmt: skip


@action(purpose=PURPOSE, may="record.import")
def apply(run: Import, *, by: Actor, now: datetime) -> None:
    """Write what a file adds and changes from its day on; a changed address is a new residence, the old one stays as history.

    One act a person. The audit log has one row for the file, and not a hundred thousand: its lock would hold up the whole ward.
    """
    values = {"run": run.id, "day": run.day, "now": now, "account": by.account_id}
    with connection.cursor() as cursor:
        for statement in WRITE:
            cursor.execute(statement, values)


def whole(cells: Sequence[str]) -> str:
    """What is wrong with a row as a whole: half an address."""
    town, block, *rest = cells[8:12]
    return (
        ""
        if bool(town) == bool(block) and (town or not any(rest))
        else _("町コードと番地は、両方書くか、両方空けてください")
    )


def visible(by: Actor, purpose: str, now: datetime):
    """The persons that `by` may see."""
    return queries.visible(by, purpose, now).filter(kind="person")


REGISTER = FedRegister(
    name="residents", title="住民", model=Party,
    columns=[("name", "氏名"), ("kana", "フリガナ"), ("birth_date", "生年月日"), ("number", "宛名番号")],
    visible=visible, search=["number", "name_key", "kana_key"], subject="id", purpose="住民の台帳閲覧", row="parties:person",
    importer=Importer(columns=COLUMNS, key=0, current=CURRENT, apply=apply, whole=whole),
)  # fmt: skip
