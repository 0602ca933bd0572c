"""What people do: `intake` brings a case and what the applicant sends later, `work` examines it, `documents` drafts and issues documents,
`approval` decides both."""

from kusei.base.decide.actions.approval import agree, draft, pull_back, see_afterwards, send_back, take_back
from kusei.base.decide.actions.intake import receive, receive_correction, receive_late_correction, receive_withdrawal
from kusei.base.decide.actions.work import add_note, ask_correction, assign, check, release, resume, take

__all__ = [
    "add_note", "agree", "ask_correction", "assign", "check", "draft", "pull_back", "receive", "receive_correction",
    "receive_late_correction", "receive_withdrawal", "release", "resume", "see_afterwards", "send_back", "take", "take_back",
]  # fmt: skip
