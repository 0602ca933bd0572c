"""The audit log (監査ログ): append-only, hash-chained, anchored outside the database.

from kusei.base import audit

audit.log(by, "read", "case.view", subject=case.party, obj=case, purpose="審査", now=now)
"""

from kusei.base.audit.anchors import anchor
from kusei.base.audit.log import (
    audit_scope,
    flush,
    log,
    page_scope,
    refusal,
    request_id,
)

__all__ = [
    "anchor",
    "audit_scope",
    "flush",
    "log",
    "page_scope",
    "refusal",
    "request_id",
]
