"""Both ends of the line: what goes out in order, what came in once, and how far each side has heard the other."""

from django.db import models
from django.db.models import Q

from kusei.base.kernel.ids import new_id
from kusei.base.kernel.leases import Leased, lease_indexes
from kusei.base.kernel.models import Record
from kusei.base.secrets.fields import SealedJSON


class NextPlace(models.Func):
    """The next place in the order of writing."""

    template = "nextval('line_place')"
    output_field = models.BigIntegerField()

    def __init__(self) -> None:
        super().__init__()


class Line(models.Model):
    """One end of the line, by the side it belongs to: one row an installation.

    `stream` names one unbroken run of our numbers; a restored database begins another. `numbered` is the last number given out,
    `acked` up to which the other side says it has everything. `heard` is the last number of theirs that we keep.
    """

    side = models.CharField(max_length=8, primary_key=True)
    stream = models.UUIDField(default=new_id)
    frames = models.BigIntegerField(default=0)
    numbered = models.BigIntegerField(default=0)
    acked = models.BigIntegerField(default=0)
    their_stream = models.UUIDField(null=True)
    their_frame = models.BigIntegerField(default=0)
    heard = models.BigIntegerField(default=0)
    said = models.BigIntegerField(default=0)
    contact_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)
    refused = models.BigIntegerField(default=0)
    refused_at = models.DateTimeField(null=True)


class Outgoing(Record):
    """A message to the other side, written with what caused it. `place` is the order of writing; its `number` in the stream is given
    when it first leaves, so that nobody waits for anybody to write one. The body goes a while after the other side has it."""

    side = models.CharField(max_length=8)
    place = models.BigIntegerField(db_default=NextPlace(), editable=False)
    stream = models.UUIDField(null=True)
    number = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    matter = models.CharField(max_length=60)
    once = models.CharField(max_length=100, null=True)
    body = SealedJSON(null=True)
    created_at = models.DateTimeField()
    acked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["side", "stream", "number"], name="outgoing_numbered_once"),
            models.UniqueConstraint(fields=["side", "once"], name="outgoing_said_once"),
        ]
        indexes = [
            models.Index(fields=["side", "place"], name="outgoing_new", condition=Q(number=None)),
            models.Index(fields=["side", "created_at"], name="outgoing_open", condition=Q(acked_at=None)),
            models.Index(
                fields=["acked_at"], name="outgoing_done", condition=Q(acked_at__isnull=False, body__isnull=False)
            ),
        ]


class Incoming(Leased):
    """A message of the other side, kept once (its id is the message's) and applied once, in order within its matter."""

    side = models.CharField(max_length=8)
    stream = models.UUIDField()
    number = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    version = models.IntegerField()
    matter = models.CharField(max_length=60)
    body = SealedJSON(null=True)
    signed_with = models.CharField(max_length=60)
    signature = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    said_at = models.DateTimeField()
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["side", "stream", "number"], name="incoming_numbered_once"),
        ]
        indexes = [
            *lease_indexes("incoming"),
            models.Index(fields=["matter", "number"], name="incoming_by_matter", condition=Q(applied_at=None)),
            models.Index(fields=["applied_at"], name="incoming_applied", condition=Q(applied_at__isnull=False)),
        ]

    @property
    def label(self) -> str:
        """What it is about, for operators."""
        return f"{self.kind} {self.stream}/{self.number}"
