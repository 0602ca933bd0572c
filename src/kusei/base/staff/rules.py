"""What a role may do: one table."""

# decide.take: work on cases (審査) · decide.review: check a draft (確認) · decide.decide: give the decision (決裁)
# record.view: search registers (台帳閲覧) · parties.view: look a person up at the counter · indicators.view: figures of the department
# audit.view: read the audit log (監査) · operate: deliveries, jobs, health (ICT運用)
PERMISSIONS: dict[str, frozenset[str]] = {
    "clerk": frozenset({"decide.view", "decide.take", "record.view", "parties.view", "indicators.view"}),
    "reviewer": frozenset({"decide.view", "decide.take", "decide.review", "record.view", "indicators.view"}),
    "decider": frozenset({"decide.view", "decide.review", "decide.decide", "record.view", "indicators.view"}),
    "overseer": frozenset({"decide.view", "indicators.view"}),
    "ict": frozenset({"audit.view", "operate"}),
}


def grants(roles: list[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """From (role, department path) pairs, every (permission, path) they give. An unknown role gives nothing."""
    return frozenset((permission, path) for role, path in roles for permission in PERMISSIONS.get(role, ()))
