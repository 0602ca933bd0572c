"""The ward's departments, and the people of the demonstration who work in them, with the passwords they sign in with."""

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.contrib.auth.hashers import check_password, make_password

from kusei.base import audit
from kusei.base.accounts.models import Account
from kusei.base.demo import HISTORY
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.wards import Ward
from kusei.base.staff.models import Department, Role, StaffMember
from kusei.base.staff.rules import longest_until

PURPOSE = "デモの準備"
PASSWORD_BYTES = 9
EVERYWHERE = "*"
"""In place of a department's code: the role is held in every department of the ward."""


@dataclass(frozen=True)
class Post:
    """A post of the demonstration: a staff number, a made name, the department it is in, and the role held at another or the same."""

    login: str
    title: str
    name: str
    kana: str
    department: str
    post: str
    role: str
    role_at: str
    signs_in: bool = True


POSTS = [
    Post("100101", "窓口担当", "相川\u3000みどり", "アイカワ\u3000ミドリ", "teate", "clerk", "clerk", "kosodate"),
    Post("100102", "係長", "宇野\u3000健吾", "ウノ\u3000ケンゴ", "teate", "subsection_chief", "reviewer", "kosodate"),
    Post("100103", "課長", "江川\u3000玲子", "エガワ\u3000レイコ", "kosodate", "section_chief", "decider", "kosodate"),
    Post(
        "100104",
        "部長",
        "大沢\u3000修一",
        "オオサワ\u3000シュウイチ",
        "kodomo",
        "department_chief",
        "decider",
        "kodomo",
    ),
    Post("100105", "情報政策担当", "神谷\u3000直", "カミヤ\u3000ナオ", "joho", "subsection_chief", "ict", "joho"),
    Post("100106", "", "岸\u3000千夏", "キシ\u3000チナツ", "teate", "clerk", "clerk", "kosodate", signs_in=False),
    Post("100107", "", "久慈\u3000大和", "クジ\u3000ヤマト", "teate", "clerk", "clerk", "kosodate", signs_in=False),
    Post("100108", "総務課担当", "小泉\u3000渚", "コイズミ\u3000ナギサ", "somu", "clerk", "clerk", "somu"),
    Post(
        "100109", "総務課係長", "笹本\u3000徹", "ササモト\u3000トオル", "somu", "subsection_chief", "reviewer", "somu"
    ),
    Post("100121", "道路管理担当", "瀬尾\u3000航", "セオ\u3000ワタル", "doboku", "clerk", "clerk", "doboku"),
    Post(
        "100122", "道路管理係長", "曽根\u3000恵", "ソネ\u3000メグミ", "doboku", "subsection_chief", "reviewer", "doboku"
    ),
    Post("100123", "保健所担当", "高梨\u3000岳", "タカナシ\u3000ガク", "kenko", "clerk", "clerk", "kenko"),
    Post(
        "100124", "保健所係長", "千葉\u3000佳乃", "チバ\u3000ヨシノ", "kenko", "subsection_chief", "reviewer", "kenko"
    ),
    Post("100125", "保健所課長", "辻\u3000宏明", "ツジ\u3000ヒロアキ", "kenko", "section_chief", "decider", "kenko"),
    Post("100111", "広報担当", "菅野\u3000文", "スガノ\u3000アヤ", "koho", "clerk", "publicist", "koho"),
    Post("100112", "住民届出担当", "曽我\u3000遥", "ソガ\u3000ハルカ", "juki", "clerk", "clerk", "juki"),
    Post(
        "100113",
        "住民届出係長",
        "高見\u3000亮",
        "タカミ\u3000リョウ",
        "juki",
        "subsection_chief",
        "reviewer",
        "juki",
    ),
    Post("100131", "手続き作成担当", "瀬戸\u3000文子", "セト\u3000アヤコ", "joho", "clerk", "author", EVERYWHERE),
    Post("100110", "戸籍住民課担当", "杉浦\u3000直子", "スギウラ\u3000ナオコ", "juki", "clerk", "registrar", "juki"),
    Post("100220", "総務課長", "進藤\u3000恵", "シンドウ\u3000メグミ", "somu", "section_chief", "decider", "somu"),
    Post("100221", "会計課長", "須田\u3000学", "スダ\u3000マナブ", "kaikei", "section_chief", "decider", "kaikei"),
    Post("100222", "政策課長", "瀬川\u3000葵", "セガワ\u3000アオイ", "seisaku", "section_chief", "decider", "seisaku"),
    Post("100223", "副区長", "曽根\u3000正", "ソネ\u3000タダシ", "seisaku", "deputy_mayor", "decider", EVERYWHERE),
    Post("100224", "区長", "高瀬\u3000晶", "タカセ\u3000アキラ", "seisaku", "mayor", "decider", EVERYWHERE),
    Post(
        "100225",
        "",
        "関根\u3000光",
        "セキネ\u3000ヒカル",
        "teate",
        "subsection_chief",
        "reviewer",
        "kosodate",
        signs_in=False,
    ),
]


@action(purpose=PURPOSE, may="operate")
def fill_departments(ward: Ward, *, by, now: datetime) -> int:
    """Bring the departments up to date with the ward's file; those it no longer has stay. Returns how many were written."""
    there = {department.path: department for department in Department.objects.all()}
    written = []
    for path, part in ward.walk():
        wanted = Department(
            path=path,
            code=part.code,
            kind=part.kind,
            name=part.name,
            phone=part.phone,
            place=part.place,
            source=ward.source(part)[:200],
        )
        if _columns(there.get(path)) != _columns(wanted):
            written.append(wanted)
    columns = ["code", "kind", "name", "phone", "place", "source"]
    Department.objects.bulk_create(written, update_conflicts=True, unique_fields=["path"], update_fields=columns)
    if written:
        audit.log(
            by,
            "change",
            "staff.departments",
            obj=("ward", ward.code),
            purpose=PURPOSE,
            now=now,
            detail={"written": len(written)},
        )
    return len(written)


def _columns(department: Department | None) -> tuple | None:
    d = department
    return d and (d.path, d.code, d.kind, d.name, d.phone, d.place, d.source)


@action(purpose=PURPOSE, may="operate")
def fill_staff(ward: Ward, passwords: dict[str, str], *, by, now: datetime) -> int:
    """Make the demonstration's staff, give them these passwords by staff number, and renew roles that lapsed. Returns how many are new."""
    there = {account.login: account for account in Account.objects.filter(login__in=[post.login for post in POSTS])}
    for post in POSTS:
        if post.login not in there:
            _make(post, ward, passwords, now)
    _keep_passwords_true(there, passwords)
    _renew_roles(ward, now)
    new = len(POSTS) - len(there)
    if new:
        audit.log(by, "change", "staff.made", obj=("ward", ward.code), purpose=PURPOSE, now=now, detail={"made": new})
    return new


def _keep_passwords_true(there: dict[str, Account], passwords: dict[str, str]) -> None:
    """Set the passwords anew where the database comes from another home. They are drawn together, so one tells for all."""
    signing_in = [there[post.login] for post in POSTS if post.signs_in and post.login in there]
    if signing_in and not check_password(passwords[signing_in[0].login], signing_in[0].password):
        for account in signing_in:
            Account.objects.filter(id=account.id).update(password=make_password(passwords[account.login]))


def _make(post: Post, ward: Ward, passwords: dict[str, str], now: datetime) -> None:
    password = make_password(passwords[post.login] if post.signs_in else None)
    email = f"s{post.login}@office.example.jp"
    account = Account.objects.create(kind="staff", login=post.login, email=email, created_at=now, password=password)
    StaffMember.objects.create(
        account=account, department_id=ward.path(post.department), name=post.name, kana=post.kana, post=post.post
    )


def _renew_roles(ward: Ward, now: datetime) -> None:
    """Whose role lapsed (a demonstration that slept for a year) gets it anew."""
    today = local_date(now)
    begun = today - HISTORY
    members = {
        member.account.login: member
        for member in StaffMember.objects.filter(account__login__in=[p.login for p in POSTS]).select_related("account")
    }
    held = set(Role.objects.filter(since__lte=today, until__gte=today).values_list("staff_id", "department_id", "role"))
    wanted = [(members[post.login], path, post.role) for post in POSTS for path in _role_paths(post, ward)]
    Role.objects.bulk_create(
        Role(staff=member, department_id=path, role=role, since=begun, until=longest_until(begun))
        for member, path, role in wanted
        if (member.id, path, role) not in held
    )


def _role_paths(post: Post, ward: Ward) -> list[str]:
    return [top.code for top in ward.departments] if post.role_at == EVERYWHERE else [ward.path(post.role_at)]


def kept_passwords(file: Path) -> dict[str, str]:
    """The passwords of the demonstration's staff by staff number, from `file`; those that are missing are drawn and kept there (0600)."""
    passwords = json.loads(file.read_text("utf-8")) if file.exists() else {}
    missing = [post.login for post in POSTS if post.signs_in and post.login not in passwords]
    if missing:
        passwords |= {login: secrets.token_urlsafe(PASSWORD_BYTES) for login in missing}
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(passwords, out, indent=1)
        os.replace(draft, file)
    return passwords
