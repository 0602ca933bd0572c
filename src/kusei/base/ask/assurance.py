"""Whether whoever applies has proved enough who they are (保証レベル): what a procedure asks for, and what the session began with."""

from django.utils.translation import gettext as _

from kusei.base.ask.schema import Procedure
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import NotNow


def lacking(procedure: Procedure, by: Actor) -> str:
    """What is still to be proved: "tied" (to a person of the register), "card" (signed in with the card), or "" for nothing."""
    if procedure.assurance != "email" and by.party_id is None:
        return "tied"
    return "card" if procedure.assurance == "card" and by.assurance != "card" else ""


def require(procedure: Procedure, by: Actor) -> None:
    """Raise NotNow, saying what to do, unless enough is proved."""
    match lacking(procedure, by):
        case "tied":
            raise NotNow(_("この手続きには、ご本人の確認が必要です。"))
        case "card":
            raise NotNow(_("この手続きには、マイナンバーカードでのログインが必要です。"))
