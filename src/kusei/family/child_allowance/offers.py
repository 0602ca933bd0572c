"""What 児童手当 hands the foundation."""

from kusei.base.kernel.offers import Card, Offers

CLAIM = "child_allowance/claim"

offers = Offers(
    module="child_allowance",
    procedures=[CLAIM],
    cards=[
        Card(
            title={"ja": "児童手当を請求する", "ja-easy": "児童手当（じどう てあて）を 申し込む", "en": "Claim child allowance"},
            line={
                "ja": "高校生年代までのお子さんを育てている方へ。出生・転入から15日以内に。",
                "ja-easy": "子どもを 育てている 人の お金です。生まれてから 15日の 間に。",
                "en": "For those bringing up children up to senior high school age. Within 15 days of a birth or move.",
            },
            url=f"/procedures/{CLAIM}",
            category="child",
        )
    ],
)
