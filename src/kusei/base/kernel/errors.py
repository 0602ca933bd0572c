"""What can go wrong in an act, in words a person can use."""


class Refused(Exception):
    """Somebody asked for what they may not do or see. Audited, and answered as if it did not exist (404)."""

    def __init__(self, what: str, obj=None, subject=None):
        super().__init__(what)
        self.what, self.obj, self.subject = what, obj, subject
        self.audited = False


class NotNow(Exception):
    """The act is allowed but cannot be done in the present state; `str(error)` tells the person why and what to do (409)."""


class Invalid(Exception):
    """What was given does not hold; `problems` maps a field's name to what is wrong and what to do (400)."""

    def __init__(self, problems: dict[str, str]):
        super().__init__("; ".join(f"{k}: {v}" for k, v in problems.items()))
        self.problems = problems
