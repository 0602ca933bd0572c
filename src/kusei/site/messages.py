"""What may cross the line between portal and office: each kind by name, with its schema and what receives it."""

from kusei.base.line.kinds import Kind, Kinds


def register_all(kinds: Kinds) -> None:
    """Register every kind of message of this installation."""
    for kind in (*_to_office(), *_to_portal()):
        kinds.register(kind)


def _to_office() -> list[Kind]:
    from kusei.base.accounts import messages as accounts
    from kusei.base.accounts import ties
    from kusei.base.ask import messages as ask
    from kusei.base.decide import arrivals
    from kusei.base.files import crossing
    from kusei.base.files import messages as files

    return [
        Kind("ask.application", "office", ask.Applied, arrivals.applied),
        Kind("ask.correction", "office", ask.Corrected, arrivals.corrected),
        Kind("ask.withdrawal", "office", ask.Withdrawn, arrivals.withdrawn),
        Kind("files.piece_for_office", "office", files.Piece, crossing.piece, fill=crossing.fill),
        Kind("files.unusable_for_office", "office", files.Unusable, crossing.unusable),
        Kind("accounts.letter_wanted", "office", accounts.LetterWanted, ties.letter_wanted),
        Kind("accounts.code_typed", "office", accounts.CodeTyped, ties.code_typed),
        Kind("accounts.card_signed", "office", accounts.CardSigned, ties.card_signed),
        Kind("accounts.is", "office", accounts.Is, ties.is_account),
    ]


def _to_portal() -> list[Kind]:
    from kusei.base.accounts import messages as accounts
    from kusei.base.accounts import ties
    from kusei.base.ask import messages as ask
    from kusei.base.ask import progress
    from kusei.base.files import crossing
    from kusei.base.files import messages as files
    from kusei.base.papers import arrivals as papers
    from kusei.base.papers.messages import Ended, Issued
    from kusei.base.tell import actions as tell
    from kusei.base.tell.messages import Told

    return [
        Kind("ask.published", "portal", ask.Published, progress.published),
        Kind("ask.noted", "portal", ask.Noted, progress.noted),
        Kind("ask.correction_asked", "portal", ask.CorrectionAsked, progress.correction_asked),
        Kind("ask.correction_ended", "portal", ask.CorrectionEnded, progress.correction_ended),
        Kind("tell.told", "portal", Told, tell.told),
        Kind("accounts.tied", "portal", accounts.Tied, ties.tied),
        Kind("accounts.not_tied", "portal", accounts.NotTied, ties.not_tied),
        Kind("accounts.known", "portal", accounts.Known, ties.renewed),
        Kind("papers.issued", "portal", Issued, papers.issued),
        Kind("papers.ended", "portal", Ended, papers.ended),
        Kind("files.piece_for_portal", "portal", files.Piece, crossing.piece, fill=crossing.fill),
        Kind("files.unusable_for_portal", "portal", files.Unusable, crossing.unusable),
    ]
