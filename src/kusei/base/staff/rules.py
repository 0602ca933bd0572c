"""What a role may do, and who stands above whom: two tables."""

from datetime import date, timedelta

# decide.take: work on cases (審査) · decide.review: check a draft (確認) · decide.decide: give the decision (決裁)
# record.view: search registers (台帳閲覧) · parties.view: look a person up at the counter · indicators.view: figures of the department
# parties.change: record moves, births, deaths (住民異動) · parties.protected: see protected addresses (支援措置) · record.import: feed registers
# staff.grant: give and take roles (権限付与) · audit.view: read the audit log (監査) · operate: deliveries, jobs, health (ICT運用)
PERMISSIONS: dict[str, frozenset[str]] = {
    "clerk": frozenset({"decide.view", "decide.take", "record.view", "parties.view", "indicators.view"}),
    "reviewer": frozenset({"decide.view", "decide.take", "decide.review", "record.view", "indicators.view"}),
    "decider": frozenset({"decide.view", "decide.review", "decide.decide", "record.view", "indicators.view"}),
    "overseer": frozenset({"decide.view", "indicators.view"}),
    "registrar": frozenset({"record.view", "parties.view", "parties.change", "parties.protected", "record.import"}),
    "ict": frozenset({"audit.view", "operate", "staff.grant"}),
}

POSTS_UPWARDS = ("clerk", "subsection_chief", "section_chief", "department_chief")
"""The line (職制): 主事, 係長, 課長, 部長."""


def grants(roles: list[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """From (role, department path) pairs, every (permission, path) they give. An unknown role gives nothing."""
    return frozenset((permission, path) for role, path in roles for permission in PERMISSIONS.get(role, ()))


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
