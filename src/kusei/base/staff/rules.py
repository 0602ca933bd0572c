"""What a role may do, and who stands above whom: two tables."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kusei.base.kernel.actors import Actor

# decide.take: work on cases (審査) · decide.review: check a draft (確認) · decide.decide: give the decision (決裁)
# record.view: search registers (台帳閲覧) · parties.view: look a person up at the counter · indicators.view: figures of the department
# parties.change: record moves, births, deaths (住民異動) · parties.protected: see protected addresses (支援措置) · record.import: feed registers
# papers.issue: issue letters, reissue and correct papers (交付・再発行・訂正) · papers.revoke: end them (取消・失効) · draw.hold: hold draws (抽選)
# print: print what is issued (印刷) · letters.print: and letters, which may hold codes
# staff.grant: give and take any role (権限付与) · staff.lead: those of one's own department · staff.appoint: there, who decides too
# emergency.use: look at a person without right, with a reason (緊急閲覧) · emergency.review: judge such looks (確認) · emergency.report: know of all
# ask.view: see manuscripts of procedures · ask.author: write them (手続きの作成) · ask.publish: publish them (公開)
# audit.view: read the audit log (監査) · operate: deliveries, jobs, health (ICT運用)
PERMISSIONS: dict[str, frozenset[str]] = {
    "clerk": frozenset(
        {"decide.view", "decide.take", "record.view", "parties.view", "indicators.view", "emergency.use"}
        | {"papers.issue", "draw.hold", "print"}
    ),
    "reviewer": frozenset(
        {"decide.view", "decide.take", "decide.review", "record.view", "indicators.view", "emergency.use"}
        | {"papers.issue", "draw.hold", "print"}
    ),
    "decider": frozenset(
        {"decide.view", "decide.review", "decide.decide", "record.view", "indicators.view", "staff.lead"}
        | {"emergency.use", "emergency.review", "papers.revoke", "ask.view", "ask.publish"}
    ),
    "overseer": frozenset({"decide.view", "indicators.view", "staff.lead", "staff.appoint", "emergency.review"}),
    "registrar": frozenset(
        {"record.view", "parties.view", "parties.change", "parties.protected", "record.import", "emergency.use"}
        | {"print", "letters.print"}
    ),
    "ict": frozenset(
        {"audit.view", "operate", "staff.grant", "staff.lead", "emergency.review", "emergency.report", "texts.check"}
    ),
    "privacy": frozenset({"audit.view", "emergency.review", "emergency.report"}),
    "publicist": frozenset({"texts.check"}),
    "author": frozenset({"ask.view", "ask.author"}),
}
ROLES = {
    "clerk": "審査担当", "reviewer": "確認者", "decider": "決裁者", "overseer": "統括者", "registrar": "住民記録担当",
    "ict": "ICT担当", "privacy": "個人情報保護担当", "publicist": "広報広聴担当",
    "author": "手続き作成担当",
}  # fmt: skip
"""What the roles are called."""
LED = frozenset({"clerk", "reviewer"})
"""The roles that whoever leads a department gives in it."""
APPOINTED = LED | {"decider"}
"""The roles that whoever stands above gives."""

POSTS_UPWARDS = ("clerk", "subsection_chief", "section_chief", "department_chief", "deputy_mayor", "mayor")
"""The line (職制): 主事, 係長, 課長, 部長, 副区長, 区長."""


def grants(roles: list[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """From (role, department path) pairs, every (permission, path) they give. An unknown role gives nothing."""
    return frozenset((permission, path) for role, path in roles for permission in PERMISSIONS.get(role, ()))


def bound(roles: Iterable[tuple[str, str, tuple[str, ...]]]) -> frozenset[tuple[str, str, str]]:
    """From (role, department path, purposes) every (permission, path, purpose) held for that purpose alone."""
    return frozenset(
        (permission, path, purpose)
        for role, path, purposes in roles
        for purpose in purposes
        for permission in PERMISSIONS.get(role, ())
    )


def may_grant(by: Actor, role: str, path: str) -> bool:
    """Whether the actor may give or take the role in the department at `path`."""
    if by.may("staff.grant"):
        return True
    if by.may("staff.appoint", path):
        return role in APPOINTED
    return by.may("staff.lead", path) and role in LED


def roles_with(permission: str) -> list[str]:
    """The roles that give a permission."""
    return sorted(role for role, given in PERMISSIONS.items() if permission in given)


def rank(post: str) -> int:
    """How high a post stands in the line, 0 being the lowest. Raises ValueError for an unknown one."""
    return POSTS_UPWARDS.index(post)


def posts_up_to(post: str) -> list[str]:
    """The posts at or below this one."""
    return list(POSTS_UPWARDS[: rank(post) + 1])


def longest_until(since: date) -> date:
    """The last day of a role given from `since`: 365 days, so that rights nobody renews lapse (職員権限の有効期限)."""
    return since + timedelta(days=364)


# ---- absence and deputies (不在・代決) --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """Who stands for a post in a department on a day: those who hold it, which of them are away, and the order of their deputies,
    of whom those who are away are left out."""

    holders: Sequence[Any] = ()
    away: frozenset[Any] = frozenset()
    deputies: Sequence[Any] = ()

    @property
    def vacated(self) -> bool:
        """Whether nobody who holds the post is there: all are away, or there is none (不在, 欠員)."""
        return all(holder in self.away for holder in self.holders)


def deputy_of(standing: Standing, barred: Container[Any]) -> Any | None:
    """Who may act for the post today (代決): the first deputy in order who is there and not `barred` (who drafted the proposal, who took
    part in it already); None while a holder is there, or where no deputy is left."""
    if not standing.vacated:
        return None
    return next((deputy for deputy in standing.deputies if deputy not in barred), None)


def paths_above(path: str) -> list[str]:
    """A department's path and those it lies below, the nearest first: a/b/c, a/b, a, and the whole ward."""
    parts = path.split("/") if path else []
    return ["/".join(parts[:depth]) for depth in range(len(parts), -1, -1)]


def nearest(path: str, known: Iterable[str]) -> str | None:
    """Of the departments known for something the one at `path`, or the nearest above it; None where there is none."""
    listed = set(known)
    return next((above for above in paths_above(path) if above in listed), None)
