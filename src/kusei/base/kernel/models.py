"""The ground every kept thing stands on."""

from django.db import models

from kusei.base.kernel.ids import new_id


class Record(models.Model):
    """A row with a time-ordered key. Times are passed in by the action that writes it, never taken from a clock here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True
