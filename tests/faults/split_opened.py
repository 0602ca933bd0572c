"""Print the answers that this installation holds by receipt number, opened, as JSON: a portal's newest set, an office's case."""

import json
import sys

import django


def main(numbers: list[str]) -> dict[str, dict]:
    """For these receipt numbers."""
    from django.conf import settings

    from kusei.base.ask.models import Application
    from kusei.base.decide.models import Case

    if settings.PART == "office":
        return {case.number: case.answers for case in Case.objects.filter(number__in=numbers)}
    found = Application.objects.filter(receipt_number__in=numbers)
    return {each.receipt_number: each.answer_sets.order_by("-number").first().answers for each in found}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main(sys.stdin.read().split())))
