"""How Django's sessions find the account again at every request."""

from uuid import UUID

from django.contrib import auth
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from kusei.base.accounts.models import Account

PATH = "kusei.base.accounts.backends.AccountBackend"


class AccountBackend:
    """Gives the account of a session as long as it isn't closed. Proof of identity is taken in `actions`, never here."""

    def get_user(self, user_id: UUID) -> Account | None:
        """The open account with that key, or None."""
        return Account.objects.filter(id=user_id, closed_at=None).first()


def user_of(request: HttpRequest):
    """Whose session this is, as `django.contrib.auth.get_user` tells it: the account that came with the session where everything fits
    (it is open, ours, and its password is the one that was signed in with), else asked for in Django's own way."""
    session = request.session
    if session.get(auth.SESSION_KEY) and session.get(auth.BACKEND_SESSION_KEY) == PATH:
        account, proof = session.account, session.get(auth.HASH_SESSION_KEY)
        if (
            account is not None
            and account.is_active
            and str(account.pk) == session[auth.SESSION_KEY]
            and proof
            and constant_time_compare(proof, account.get_session_auth_hash())
        ):
            return account
    return auth.get_user(request)
