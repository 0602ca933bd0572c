"""What 忘れ物 hands the foundation."""

from datetime import datetime, time

from django.urls import reverse
from django.utils.translation import gettext as _

from kusei.base.decide.models import Case
from kusei.base.kernel.offers import Card, Daily, Dataset, Indicator, Layer, Offers, Register
from kusei.office.lost_property import actions, demo, queries
from kusei.office.lost_property.models import FoundItem


def ways(case: Case, now: datetime) -> list[tuple[str, str]]:
    """From a claim to the items among which its own is looked for."""
    return [(_("忘れ物の台帳をさがす"), reverse("record:register", args=["found-items"]))]


offers = Offers(
    module="lost_property",
    procedures=[queries.CLAIM],
    cards=[
        Card(
            title={
                "ja": "忘れ物の返還を申し出る",
                "ja-easy": "わすれものを かえして もらう",
                "en": "Claim lost property",
            },
            line={
                "ja": "区の施設で見つかった忘れ物を、持ち主にお返しします。",
                "ja-easy": "区の たてもので 見つかった わすれものを、もちぬしに かえします。",
                "en": "Things found in the ward's buildings are given back to their owners.",
            },
            url=f"/procedures/{queries.CLAIM}",
        )
    ],
    registers=[
        Register(
            name="found-items",
            title="忘れ物台帳",
            model=FoundItem,
            columns=[
                ("number", "番号"),
                ("kind", "種類"),
                ("description", "特徴"),
                ("found_on", "見つかった日"),
                ("found_at.name", "場所"),
                ("shelf", "保管場所"),
                ("keep_until", "保管期限"),
                ("returned_on", "返還日"),
                ("expired_on", "保管終了日"),
            ],
            visible=queries.visible,
            search=["number", "description", "shelf"],
            purpose=queries.PURPOSE,
            row="lost_property:item",
            add="lost_property:add",
        )
    ],
    datasets=[
        Dataset(
            name="found-items",
            title={
                "ja": "保管している忘れ物",
                "ja-easy": "区役所に ある わすれもの",
                "en": "Lost property kept by the ward",
            },
            columns=[
                ("kind", "種類コード"),
                ("kind_name", "種類"),
                ("found_on", "見つかった日"),
                ("found_at", "見つかった場所"),
            ],
            rows=queries.public_rows,
            description={
                "ja": "いま保管している忘れ物の種類、見つかった日と場所。特徴は、持ち主を確かめるために公開しません。",
                "ja-easy": "いま 区役所に ある わすれものの リストです。どんな ものかは、もちぬしに 聞いて たしかめます。",
                "en": "Kind, day and place of each thing now kept. What it looks like is not published: its owner has to tell.",
            },
        )
    ],
    layers=[
        Layer(
            name="found-items",
            title={
                "ja": "忘れ物の保管場所",
                "ja-easy": "わすれものが ある ところ",
                "en": "Where lost property is kept",
            },
            features=queries.offices,
        )
    ],
    jobs=[Daily("lost_property.expire", time(3, 0), actions.expire)],
    indicators=[Indicator("lost_property.kept", "忘れ物：保管中", "件", queries.kept)],
    rules={"proposal": actions.proposal, "ways": ways},
    decided=actions.decided,
    demo=demo.fill,
)
