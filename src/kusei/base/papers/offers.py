"""What 交付 hands the foundation: its register, its events, and who signs."""

from kusei.base.kernel.offers import Offers, Register, Signer
from kusei.base.papers import queries, signing
from kusei.base.papers.models import Paper

offers = Offers(
    module="papers",
    tells={
        "papers.issued": "書面が交付された（detail: version）",
        "papers.reissued": "書面が再発行された（detail: version）",
        "papers.corrected": "書面が訂正された（detail: version）",
        "papers.revoked": "書面が取消か失効になった（detail: how）",
    },
    signers=[Signer(name="pkcs12", title="区長の電子署名", sign=signing.sign_with_file)],
    registers=[
        Register(
            name="papers",
            title="交付台帳",
            model=Paper,
            columns=[
                ("number", "番号"),
                ("title", "書面の名前"),
                ("party.name", "宛先"),
                ("department.name", "部署"),
                ("issued_at", "交付日"),
                ("revoked_as", "取消・失効"),
            ],
            visible=queries.visible,
            search=["number", "title", "party__name_key"],
            subject="party_id",
            purpose=queries.PURPOSE,
            row="papers:record",
            add="papers:new",
        )
    ],
)
