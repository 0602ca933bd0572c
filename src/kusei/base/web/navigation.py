"""The links of header, console and footer. A link to a module that this installation lacks is left out.

(A portal in the internet zone and a console in the LGWAN zone are two installations of one program.)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kusei.base.kernel.actors import Actor


@dataclass(frozen=True)
class Link:
    """A way somewhere: its text, URL name, icon, and the permission it needs (staff)."""

    label: str | Promise
    view: str
    icon: str = ""
    permission: str = ""

    @property
    def url(self) -> str:
        return address(self.view)


PORTAL = (
    Link(_("手続きをさがす"), "find:search", "search"),
    Link(_("マイページ"), "accounts:my_page", "person"),
)
PORTAL_FOR_STAFF = (PORTAL[0], Link(_("業務コンソール"), "web:console", "person"))
"""The same for who is signed in as a member of staff, who has no page of their own there."""
CONSOLE = (
    Link(_("案件"), "decide:queue", "document", "decide.view"),
    Link(_("決裁"), "decide:approvals", "check", "decide.view"),
    Link(_("文書"), "decide:documents", "file", "decide.view"),
    Link(_("集計"), "decide:overview", "chart", "indicators.view"),
    Link(_("住民をさがす"), "parties:people", "search", "parties.view"),
    Link(_("台帳"), "record:registers", "book", "record.view"),
    Link(_("緊急閲覧"), "emergency:ask", "warning", "emergency.use"),
    Link(_("緊急閲覧の確認"), "emergency:uses", "eye", "emergency.review"),
    Link(_("権限"), "staff:roles", "person", "staff.lead"),
    Link(_("印刷と発送"), "printing:waiting", "mail", "print"),
    Link(_("閲覧記録"), "audit:entries", "eye", "audit.view"),
    Link(_("運用"), "jobs:operations", "bell", "operate"),
    Link(_("出来事"), "events:events", "info", "operate"),
    Link(_("手続きの作成"), "builder:procedures", "document", "ask.view"),
    Link(_("翻訳"), "texts:texts", "book", "texts.check"),
    Link(_("職員のログイン"), "accounts:registered", "lock", "staff.grant"),
    Link(_("自分のログイン方法"), "accounts:keys", "lock"),
)
DEMONSTRATION = (
    Link(_("デモ用のメールボックス"), "tell:mailbox", "mail"),
    Link(_("デモ用の郵便受け"), "tell:letterbox", "home"),
    Link(_("デモ用のカード"), "demo:card", "lock"),
)
FOOTER = (
    Link(_("お問い合わせ"), "web:contact"),
    Link(_("アクセシビリティ"), "web:accessibility"),
    Link(_("オープンデータ"), "publish:catalogue"),
    Link(_("地図と施設"), "map:layers"),
    Link(_("抽選"), "draw:draws"),
    Link(_("通知書の確認"), "papers:check"),
    Link(_("職員用"), "accounts:staff_sign_in"),
)


@cache
def address(view: str) -> str:
    """The address of a page without parameters, or an empty string where the installation lacks it."""
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""


def links(table: Iterable[Link], actor: Actor | None = None) -> list[Link]:
    """The links of a table that this installation has and, given a staff member, that they may follow."""
    return [link for link in table if link.url and (actor is None or not link.permission or actor.may(link.permission))]
