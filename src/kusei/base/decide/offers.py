"""What deciding hands the foundation: the register of documents (文書台帳), and telling staff in the morning what waits for them."""

from datetime import time

from kusei.base.decide import demo, inbox, notices
from kusei.base.decide.models import Document
from kusei.base.kernel.offers import Daily, Offers, Register

offers = Offers(
    module="decide",
    registers=[
        Register(
            name="documents",
            title="文書台帳",
            model=Document,
            columns=[
                ("number", "番号"), ("title", "件名"), ("department.name", "所管"), ("state", "状態"), ("medium", "決裁の方法"),
                ("decided_at", "決裁"), ("issued_on", "施行"), ("retention", "保存年限"), ("keep_until", "保存期限"),
            ],
            visible=inbox.visible_documents,
            search=["number", "title"],
            purpose="文書管理",
            row="decide:document",
            add="decide:document_new",
        )
    ],
    jobs=[Daily("decide.waiting", time(8, 0), notices.tell_daily, side="office")],
    demo=demo.fill,
)  # fmt: skip
