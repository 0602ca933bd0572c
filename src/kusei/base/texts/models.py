"""Checks of translations. Append-only in use: the newest of a text in a language holds."""

from django.db import models

from kusei.base.accounts.models import Account
from kusei.base.kernel.models import Record


class Check(Record):
    """Somebody read a translation and found it right, or made it right (翻訳の確認・訂正)."""

    language = models.CharField(max_length=8)
    digest = models.CharField(max_length=16)
    """Of the text as catalogues know it (`states.digest`), so that a long one can be looked up."""
    turn = models.PositiveIntegerField()
    """How many checks of this text in this language there were before: two people at once can't both be the next."""
    text = models.TextField()
    """The text as catalogues know it: context, U+0004 and Japanese, or the Japanese alone."""
    forms = models.JSONField()
    """What is right: one text, or one a plural form."""
    corrected = models.BooleanField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["language", "digest", "turn"], name="texts_check_one_after_another")
        ]
