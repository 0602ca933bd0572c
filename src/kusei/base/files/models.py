"""Files that people hand in: kept under the SHA-256 of their bytes, never served before they are rebuilt."""

from django.db import models

from kusei.base.accounts.models import Account
from kusei.base.kernel.models import Record


class StoredFile(Record):
    """An uploaded file. States: received (sniffed and kept, not yet to be served) → ready (rebuilt) | refused."""

    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField()
    media_type = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    uploaded_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True)
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="received")
    problem = models.CharField(max_length=40, blank=True)
    rebuilt_sha256 = models.CharField(max_length=64, blank=True)
    rebuilt_size = models.PositiveIntegerField(null=True)


class Crossing(models.Model):
    """A file that goes to the other installation, or came from there (無害化). It keeps its file from being swept, since nothing else there
    refers to it."""

    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, primary_key=True)
    since = models.DateTimeField()
