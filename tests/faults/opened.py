"""Print what applications hold on both sides, as JSON by receipt number: [the portal's answers, the office's]. Run in the demonstration's environment, since
sensitive answers lie sealed in the database."""

import json
import sys

import django


def main() -> None:
    """For the receipt numbers on standard input, one a line."""
    django.setup()
    from kusei.base.ask.models import AnswerSet
    from kusei.base.decide.models import Case

    numbers = sys.stdin.read().split()
    handed = {case.number: case.answers for case in Case.objects.filter(number__in=numbers)}
    asked = AnswerSet.objects.filter(application__receipt_number__in=numbers).select_related("application")
    print(json.dumps({a.application.receipt_number: [a.answers, handed[a.application.receipt_number]] for a in asked}))


if __name__ == "__main__":
    main()
