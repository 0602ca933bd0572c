"""How to appeal against a decision (教示): 行政不服審査法4条・18条・82条, 行政事件訴訟法8条・14条・46条."""

from django.conf import settings

from kusei.base.kernel.wards import load_ward

TOO_LATE = "（決定の日の翌日から起算して1年を経過したときは、できません）。"


MAYOR = "区長"


def appeal(to: str, *, first: bool = False) -> list[str]:
    """The sentences that a notice of decision needs. to: whom an appeal (審査請求) goes to, `区長` for the mayor of this ward. first: the law has the
    appeal decided before a court is asked (審査請求前置), as 国民健康保険法103条 and 介護保険法196条 do."""
    ward = load_ward(settings.WARD).name["ja"]
    judge = f"{ward}長" if to == MAYOR else to
    defendant = f"{ward}を被告として（訴訟において{ward}を代表する者は{ward}長です。）"
    asked = (
        "この決定に不服がある場合は、この決定があったことを知った日の翌日から起算して3か月以内に、"
        f"{judge}に対して審査請求をすることができます{TOO_LATE}"
    )
    if first:
        return [
            asked,
            "この決定の取消しを求める訴えは、審査請求に対する裁決を経た後でなければ提起できません。裁決があったことを知った日の翌日から起算して"
            f"6か月以内に、{defendant}提起することができます（裁決の日の翌日から起算して1年を経過したときは、できません）。"
            "ただし、審査請求の日から3か月を経過しても裁決がないときなどは、裁決を経ないで提起できます。",
        ]
    return [
        asked,
        f"この決定の取消しを求める訴えは、この決定があったことを知った日の翌日から起算して6か月以内に、{defendant}提起することができます{TOO_LATE}",
        "審査請求をした場合は、その裁決があったことを知った日の翌日から起算して6か月以内に、取消しの訴えを提起することができます"
        "（裁決の日の翌日から起算して1年を経過したときは、できません）。",
    ]
