"""Things found for the demonstration, some noticed, some long enough ago to expire tonight."""

from datetime import datetime, timedelta

from kusei.base.demo.applying import clerk_of, path_of
from kusei.base.kernel.clock import local_date
from kusei.base.staff.models import Department
from kusei.office.lost_property import actions
from kusei.office.lost_property.models import FoundItem

# kind, what it looks like, found so many days ago, in which department's building, shelf, cheap, noticed so many days later
THINGS = [
    ("umbrella", "紺色の長傘、柄は木", 30, "toshokan", "B-01", True, 5),
    ("wallet", "茶色の二つ折り財布", 120, "juki", "金庫", False, 4),
    ("phone", "黒いスマートフォン、青いケース", 12, "zei", "金庫", False, 3),
    ("bag", "灰色の布かばん、中に本が2冊", 9, "toshokan", "A-03", False, 2),
    ("key", "鍵2本、赤い鈴のキーホルダー", 6, "kosodate", "金庫", False, 3),
    ("clothes", "子ども用の黄色い帽子", 5, "kosodate", "B-02", True, None),
    ("card", "図書館の利用カード", 2, "juki", "金庫", False, None),
    ("other", "白い水筒、500ミリリットル", 1, "toshokan", "A-04", False, None),
]


def fill(now: datetime) -> int:
    """Enter the things as the section's clerk would have, once; returns how many are new."""
    if FoundItem.objects.exists():
        return 0
    office = Department.objects.get(path=path_of("somu"))
    for kind, description, ago, place, shelf, cheap, noticed in THINGS:
        at = now - timedelta(days=ago)
        given = {"kind": kind, "description": description, "shelf": shelf, "cheap": cheap}
        given |= {"found_on": local_date(at), "found_at_id": path_of(place)}
        item = actions.enter(office, given, by=clerk_of("somu", at), now=at)
        if noticed is not None:
            later = at + timedelta(days=noticed)
            actions.notice(item, {"noticed_on": local_date(later)}, by=clerk_of("somu", later), now=later)
    return len(THINGS)
