"""Who signs in. Until an account is tied to a person of the register, it sees nothing of the register."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q

from kusei.base.kernel.models import Record
from kusei.base.parties.models import Party


class AccountManager(BaseUserManager):
    """Finds accounts as Django's sessions need it."""

    def get_by_natural_key(self, username):
        return self.get(login=username)


class Account(AbstractBaseUser, Record):
    """A resident's account (login = e-mail address, no password) or a staff member's (login = staff number, password)."""

    KINDS = [("resident", "住民"), ("staff", "職員")]

    kind = models.CharField(max_length=8, choices=KINDS)
    login = models.CharField(max_length=254, unique=True)
    email = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=8, default="ja")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "login"
    objects = AccountManager()

    @property
    def is_active(self) -> bool:
        """Whether the account may sign in."""
        return self.closed_at is None


class Session(AbstractBaseSession):
    """A browser's session, and whose: naming the account in the row brings both in one query, and ends the sessions of a deleted account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True)

    @classmethod
    def get_session_store_class(cls):
        """The engine that reads these rows."""
        from kusei.base.accounts.sessions import SessionStore

        return SessionStore


class EmailCode(Record):
    """A code sent by e-mail to prove that an address is theirs. Kept as a keyed hash; few tries; short life."""

    email = models.EmailField(max_length=254, db_index=True)
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=64, blank=True)


class LetterCode(Record):
    """A code in a letter to a person's registered address (本人確認コード): whoever types it in is tied to that person."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True)
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)


class PartyLink(Record):
    """An account tied to a person of the register: by letter, at a counter, or by card (JPKI)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="links")
    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    means = models.CharField(max_length=10, choices=[("letter", "郵送コード"), ("counter", "窓口"), ("card", "カード")])
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(until=None), name="account_is_one_person"),
            models.UniqueConstraint(fields=["party"], condition=Q(until=None), name="person_has_one_account"),
        ]


class Identity(Record):
    """Who an account is at a sign-in service (OpenID Connect): found by issuer and subject together, and by nothing else."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    since = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="identity_is_one_account")]


class Passkey(Record):
    """A passkey (WebAuthn credential): the public half of a key that stays in a phone, a computer or a security key."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="passkeys")
    credential = models.BinaryField(max_length=1023, unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    transports = models.JSONField(default=list)
    synced = models.BooleanField(default=False)
    name = models.CharField(max_length=60)
    since = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)


class Challenge(Record):
    """Something that a sign-in under way must answer. Named by the session it belongs to; used by being deleted, so only once."""

    kind = models.CharField(max_length=20)
    content = models.JSONField()
    expires_at = models.DateTimeField()


class Attempt(models.Model):
    """One try at something guessable, for throttling by login, address and device alike; never a lock on the login alone."""

    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["kind", "key", "at"])]
