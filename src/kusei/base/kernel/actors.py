"""Who acts: one small value that every action and query takes."""

from dataclasses import dataclass, field, replace
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """Somebody who acts or looks.

    kind: resident | staff | system | public. `party_id` is the register's person, once the account is tied to one. `department` and
    `post` are shown names (子育て支援課, 係長), which residents may see. `grants` pairs a permission with the path of the department it holds for
    (`kodomo/kosodate`); a grant holds for everything below its path, and the empty path for the whole ward. `bound` has those that
    hold for one purpose (利用目的) alone, as (permission, path, purpose). `emergency` pairs a person whom this member of staff may see
    for now without further right (緊急閲覧) with the id under which every such look is logged. `assurance` says how a resident proved
    in this session who they are: email | card.
    """

    kind: str
    account_id: UUID | None = None
    party_id: UUID | None = None
    name: str = ""
    department: str = ""
    post: str = ""
    grants: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    bound: frozenset[tuple[str, str, str]] = field(default_factory=frozenset)
    emergency: frozenset[tuple[UUID, UUID]] = field(default_factory=frozenset)
    assurance: str = ""

    def paths(self, permission: str, purpose: str = "") -> list[str]:
        """The department paths for which the permission is held, for the purpose where one is given; `['']` means everywhere."""
        found = {path for held, path in self.grants if held == permission}
        if purpose and self.bound:
            found |= {path for held, path, only_for in self.bound if (held, only_for) == (permission, purpose)}
        return [""] if "" in found else sorted(found)

    def may(self, permission: str, path: str = "", purpose: str = "") -> bool:
        """Whether the permission is held for the department at `path` (without a path, anywhere). What is held for one purpose alone counts only
        where that purpose is given."""
        if self.kind == "system":
            return True
        held = self.paths(permission, purpose)
        return bool(held) and (not path or any(within(path, above) for above in held))

    def lent(self, permission: str, path: str) -> "Actor":
        """The actor with a permission lent for the department at `path`, for one act: they stay who they are in every log."""
        return replace(self, grants=self.grants | {(permission, path)})


def within(path: str, above: str) -> bool:
    """Whether a department's path is `above` or lies below it."""
    return above == "" or path == above or path.startswith(above + "/")


SYSTEM = Actor(kind="system", name="Kusei")
PUBLIC = Actor(kind="public")
