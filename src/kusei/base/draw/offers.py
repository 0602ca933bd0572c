"""What 抽選 hands the foundation."""

from kusei.base.draw import demo, queries
from kusei.base.draw.models import Draw
from kusei.base.kernel.offers import Offers, Register

offers = Offers(
    module="draw",
    tells={
        "draw.committed": "抽選が確定した（detail: entries）",
        "draw.drawn": "抽選が行われた（detail: entries）",
        "draw.published": "抽選の結果が公開された",
    },
    registers=[
        Register(
            name="draws",
            title="抽選台帳",
            model=Draw,
            columns=[
                ("title", "抽選"),
                ("department.name", "部署"),
                ("places", "定員"),
                ("state", "状態"),
                ("committed_at", "確定"),
                ("drawn_at", "抽選した日時"),
            ],
            visible=queries.visible,
            search=["title"],
            purpose=queries.PURPOSE,
            row="draw:draw",
            add="draw:new",
        )
    ],
    demo=demo.fill,
)
