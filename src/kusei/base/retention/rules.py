"""How long what is kept: one dated rule for each kind of record, with its source. Pure.

The ward's own document rules (文書管理規程) decide over cases, awards and papers: nothing here deletes those. What is deleted by itself
serves a purpose that ends (個人情報の保護に関する法律 22条: what is no longer needed is erased without delay).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kusei.base.kernel.clock import local_date

PRIVACY_ACT = "個人情報の保護に関する法律 22条"


@dataclass(frozen=True)
class Rule:
    """Records of a kind go when `after` has passed since `since` (in words); in force from a day, until another rule for the kind is."""

    kind: str
    title: str
    since: str
    after: timedelta
    source: str
    valid_from: date = date(2026, 4, 1)


RULES = (
    Rule("drafts", "提出されていない下書き", "最後の保存", timedelta(days=90), PRIVACY_ACT),
    Rule("email_codes", "メールの確認コード", "期限", timedelta(days=1), PRIVACY_ACT),
    Rule("letter_codes", "郵送の確認コード", "期限", timedelta(days=1), PRIVACY_ACT),
    Rule("sessions", "ログインの記録", "期限", timedelta(0), PRIVACY_ACT),
    Rule("challenges", "答えられなかった認証の問い", "期限", timedelta(0), PRIVACY_ACT),
    Rule("attempts", "試行の回数", "試行", timedelta(days=31), PRIVACY_ACT),
    Rule("answered", "APIの答えの控え", "要求", timedelta(days=1), PRIVACY_ACT),
    Rule("deliveries", "配達の済んだ通知の宛先", "配達", timedelta(days=365), PRIVACY_ACT),
    Rule("mailbox", "デモ用のメール・郵便", "到着", timedelta(days=30), PRIVACY_ACT),
    Rule("line", "相手側に届いた連携", "到達", timedelta(days=30), PRIVACY_ACT),
    Rule("signatures", "提出に使われなかった署名", "受信", timedelta(days=90), PRIVACY_ACT),
    Rule("revocation_lists", "判断の根拠でない古い失効リスト", "取得", timedelta(days=31), PRIVACY_ACT),
    Rule("emergencies", "確認の済んだ緊急閲覧（閲覧の記録は残る）", "確認", timedelta(days=3 * 365), PRIVACY_ACT),
    Rule("imports", "確定されなかった一括取込のファイル", "読込", timedelta(days=30), PRIVACY_ACT),
    Rule("import_work", "済んだ一括取込の処理", "完了", timedelta(days=30), "運用"),
    Rule("tasks", "済んだ処理", "完了", timedelta(days=30), "運用"),
)


def in_force(day: date, rules: tuple[Rule, ...] = RULES) -> list[Rule]:
    """The rule of each kind on a day: the newest that is in force by then."""
    newest: dict[str, Rule] = {}
    for rule in sorted(rules, key=lambda rule: rule.valid_from):
        if rule.valid_from <= day:
            newest[rule.kind] = rule
    return list(newest.values())


def cutoff(rule: Rule, now: datetime) -> datetime:
    """Records whose time (`since`) lies before this are to go."""
    return now - rule.after


def today(now: datetime) -> date:
    """The day whose rules hold at `now`."""
    return local_date(now)
