"""The audit log (監査ログ): who read or changed whose data, for what purpose, and what was refused."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "kusei.base.audit"
    label = "audit"
    verbose_name = "監査ログ"
