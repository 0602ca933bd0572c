"""Things to be done outside a request: one row a task, leased by a worker; and daily jobs, once a day."""

from django.db import models

from kusei.base.kernel.leases import Leased, lease_indexes


class Task(Leased):
    """Something that must happen (rebuild a file, make a paper): the kind names a handler, `key` makes it unique."""

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    payload = models.JSONField(default=dict)

    class Meta:
        indexes = lease_indexes("task")
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="task_once_a_key")]

    @property
    def label(self) -> str:
        """What it is, for operators."""
        return f"{self.kind} {self.key}"
