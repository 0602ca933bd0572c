"""The occasions in life (ライフイベント) by which the portal sorts procedures: the `category` of a procedure or card."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Occasion:
    """A category: its code, name and icon."""

    code: str
    label: str | Promise
    icon: str


OCCASIONS = (
    Occasion("child", _("妊娠・出産・子育て"), "child"),
    Occasion("move", _("引越し・住まい"), "home"),
    Occasion("family", _("結婚・離婚・家族"), "people"),
    Occasion("school", _("保育・学校・学び"), "book"),
    Occasion("health", _("健康・医療"), "health"),
    Occasion("care", _("高齢・介護・障害"), "care"),
    Occasion("work", _("しごと・相談"), "work"),
    Occasion("tax", _("税金・保険・年金"), "yen"),
    Occasion("waste", _("ごみ・環境"), "leaf"),
    Occasion("safety", _("防災・安全"), "bell"),
    Occasion("death", _("お悔やみ"), "flower"),
    Occasion("other", _("そのほか"), "menu"),
)
ICONS = {occasion.code: occasion.icon for occasion in OCCASIONS}
