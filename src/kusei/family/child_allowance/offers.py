"""What 児童手当 hands the foundation."""

from datetime import time

from kusei.base.kernel.offers import Card, Daily, Dataset, Indicator, Layer, Offers, Register
from kusei.family.child_allowance import actions, demo, proposals, queries
from kusei.family.child_allowance.models import Award

CLAIM = queries.CLAIM

offers = Offers(
    module="child_allowance",
    procedures=[CLAIM],
    cards=[
        Card(
            title={
                "ja": "児童手当を請求する",
                "ja-easy": "児童手当（じどう てあて）を 申し込む",
                "en": "Claim child allowance",
            },
            line={
                "ja": "高校生年代までのお子さんを育てている方へ。出生・転入から15日以内に。",
                "ja-easy": "子どもを 育てている 人の お金です。生まれてから 15日の 間に。",
                "en": "For those bringing up children up to senior high school age. Within 15 days of a birth or move.",
            },
            url=f"/procedures/{CLAIM}",
            category="child",
        )
    ],
    registers=[
        Register(
            name="child-allowance",
            title="児童手当 受給者台帳",
            model=Award,
            columns=[
                ("number", "認定番号"),
                ("recipient.name", "受給者"),
                ("from_month", "支給開始月"),
                ("until_month", "支給終了月"),
                ("monthly_yen", "認定時の月額（円）"),
                ("decided_on", "決定日"),
            ],
            visible=queries.visible,
            search=["number", "recipient__name_key", "recipient__kana_key"],
            subject="recipient_id",
            purpose="児童手当の台帳閲覧",
        )
    ],
    datasets=[
        Dataset(
            name="child-allowance-claims",
            title={
                "ja": "児童手当 認定請求の月別件数",
                "ja-easy": "児童手当の 申し込みの 数（月ごと）",
                "en": "Child allowance claims by month",
            },
            columns=[("month", "年月"), ("event", "区分コード"), ("event_name", "区分"), ("claims", "件数")],
            rows=queries.claims_by_month,
            every="month",
            description={
                "ja": "受付・認定・却下のあった月ごとの件数。先月分まで。1件から9件までは「*」と表示します。",
                "ja-easy": "毎月の 申し込みの 数です。1から 9までの 数は「*」と 書きます。",
                "en": "Claims received, granted and refused, by the month it happened, up to last month. Counts from 1 to 9 are shown as “*”.",
            },
        )
    ],
    layers=[
        Layer(
            name="child-allowance-offices",
            title={
                "ja": "児童手当の窓口",
                "ja-easy": "児童手当の 窓口（まどぐち）",
                "en": "Where to claim child allowance",
            },
            features=queries.offices,
        )
    ],
    jobs=[Daily("child_allowance.end_awards", time(4, 0), actions.end_awards)],
    indicators=[
        Indicator("child_allowance.open", "児童手当：審査中の請求", "件", queries.open_claims),
        Indicator(
            "child_allowance.median_days", "児童手当：受付から決定まで（中央値、90日）", "日", queries.median_days
        ),
    ],
    rules={"proposal": proposals.proposal, "notice": proposals.notice},
    decided=actions.decided,
    demo=demo.fill,
)
