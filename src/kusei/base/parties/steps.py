"""What an act on the register is made of: rows opened and closed, values set; kept with the act so that a further act can undo them.

History is never rewritten. A row is closed once, by setting its end; one opened by mistake is closed on the day it began and so holds on
no day; one closed by mistake goes on in a new row.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.ids import new_id
from kusei.base.parties.models import Act, Mandate, Membership, OtherName, Party, Residence

DATED = {model.__name__: model for model in (Residence, Membership, OtherName, Mandate)}
ONE_HEAD = "世帯主"


@dataclass(frozen=True)
class Notice:
    """What an act rests on (届出・通知): the day it took effect (異動日), and the name under which its reporter knows it, "" for none."""

    day: date
    event: str = ""


def begin(notice: Notice, kind: str, now: datetime) -> Act | None:
    """The act that was recorded for this event already, or None. Of two that come at once, the second waits for the first.

    Raises Invalid for a day to come, and for an event that was another kind of act.
    """
    if notice.day > local_date(now):
        raise Invalid({"day": _("異動の日は、今日までの日にしてください。")})
    if not notice.event:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"parties.event/{notice.event}"])
    found = Act.objects.filter(event=notice.event).first()
    if found and (found.kind, found.day) != (kind, notice.day):
        raise Invalid({"event": _("同じ番号で、別の異動がすでに登録されています。")})
    return found


@dataclass
class Steps:
    """The steps of one act, done one by one and then kept with it."""

    notice: Notice
    by: Actor
    now: datetime
    taken: list[dict[str, Any]] = field(default_factory=list)
    touched: set[UUID] = field(default_factory=set)
    households: set[UUID] = field(default_factory=set)

    @property
    def day(self) -> date:
        """The day of the act (異動日)."""
        return self.notice.day

    def open(self, row: models.Model, *, continues: str = "") -> None:
        """Save a new row; one that goes on for a row closed by mistake names it."""
        row.save(force_insert=True)
        self._step("open", row, {"continues": continues} if continues else None)

    def close(self, row: models.Model) -> None:
        """A dated row holds no more from the day on. Raises NotNow where it began later."""
        if row.since > self.day:
            raise NotNow(_("この日より後の異動がすでに登録されています。先にそれを取り消してください。"))
        was, row.until = row.until, self.day
        row.save(update_fields=["until"])
        self._step("close", row, {"until": was and was.isoformat()})

    def set(self, party: Party, **values: Any) -> None:
        """Set what the register says of a party now."""
        was = {name: getattr(party, name) for name, value in values.items() if getattr(party, name) != value}
        if was:
            for name in was:
                setattr(party, name, values[name])
            party.save(update_fields=list(was))
            self._step("set", party, {name: _plain(value) for name, value in was.items()})
        self.touch(party.id)

    def touch(self, *parties: UUID) -> None:
        """These parties are concerned."""
        self.touched.update(parties)

    def keep(self, kind: str, *, reverses: Act | None = None, reason: str = "") -> Act:
        """Keep the act, and log one change for each party. Raises Invalid where a household would be left with no head, or with two."""
        _one_head(self.households)
        act = Act.objects.create(
            kind=kind, day=self.day, event=self.notice.event or None, reverses=reverses, steps=self.taken, reason=reason,
            recorded_at=self.now, recorded_by=self.by.account_id,
        )  # fmt: skip
        act.parties.set(self.touched)
        audit.log(
            self.by, "change", f"parties.{kind}", subjects=sorted(self.touched), obj=act, purpose="住民異動", now=self.now,
            detail={"day": self.day.isoformat()},
        )  # fmt: skip
        return act

    def _step(self, did: str, row: models.Model, was: dict | None = None) -> None:
        self.taken.append({"did": did, "what": type(row).__name__, "id": str(row.pk), "was": was or {}})
        if isinstance(row, Membership):
            self.households.add(row.household_id)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _one_head(households: set[UUID]) -> None:
    """Every household that has members has one head (世帯主)."""
    open_rows = Membership.objects.filter(household__in=households, until=None).order_by()
    counted = open_rows.values("household").annotate(heads=models.Count("id", filter=models.Q(relationship=ONE_HEAD)))
    if any(each["heads"] != 1 for each in counted):
        raise Invalid({"people": _("世帯には世帯主が1人必要です。残る人の続柄も届け出てください。")})


def undo(notice: Notice, act_id: UUID, reason: str, by: Actor, now: datetime) -> Act:
    """Undo an act by a new one of the kind "reversal". Raises NotNow where it was undone already, is a reversal or import itself, or where
    somebody in it has a later act."""
    act = Act.objects.filter(id=act_id).first()
    if act is None:
        raise Invalid({"act": _("この異動は登録されていません。")})
    people = list(
        Party.objects.select_for_update(no_key=True).filter(acts=act).order_by("id").values_list("id", flat=True)
    )
    if act.kind in ("reversal", "import") or Act.objects.filter(reverses=act).exists():
        raise NotNow(_("この異動は取り消せません。"))
    later = Act.objects.filter(parties__in=people, id__gt=act.id, reversed_by=None).exclude(kind="reversal")
    if later.exists():
        raise NotNow(_("この日より後の異動がすでに登録されています。先にそれを取り消してください。"))
    steps = Steps(Notice(act.day, notice.event), by, now)
    steps.touch(*people)
    for step in reversed(act.steps):
        _UNDO[step["did"]](steps, step)
    return steps.keep("reversal", reverses=act, reason=reason)


def _unopen(steps: Steps, step: dict) -> None:
    """A dated row holds on no day, nor does what has gone on for it since. A party stays, as nobody who lives here."""
    if step["what"] not in DATED:
        steps.set(Party.objects.get(id=step["id"]), is_resident=False)
        return
    for row in DATED[step["what"]].objects.filter(id__in=_with_continuations(step["id"])).order_by("id"):
        if row.until != row.since:
            was, row.until = row.until, row.since
            row.save(update_fields=["until"])
            steps._step("close", row, {"until": was and was.isoformat()})


def _with_continuations(row: str) -> list[str]:
    """The row's id, and those of the rows that went on for it after acts were undone."""
    found, wanted = [row], row
    while wanted:
        link = [{"did": "open", "was": {"continues": wanted}}]
        act = Act.objects.filter(kind="reversal", steps__contains=link).first()
        wanted = act and next(step["id"] for step in act.steps if step["was"].get("continues") == wanted)
        found += [wanted] if wanted else []
    return found


def _unclose(steps: Steps, step: dict) -> None:
    """A row goes on in a new one, from the day it was closed."""
    row = DATED[step["what"]].objects.get(id=step["id"])
    until = step["was"]["until"]
    row.id, row.since, row.until = new_id(), row.until, until and date.fromisoformat(until)
    row._state.adding = True
    steps.open(row, continues=step["id"])


def _unset(steps: Steps, step: dict) -> None:
    was = {
        name: date.fromisoformat(value) if name in ("as_of", "died_on") and value else value
        for name, value in step["was"].items()
    }
    steps.set(Party.objects.get(id=step["id"]), **was)


_UNDO = {"open": _unopen, "close": _unclose, "set": _unset}
