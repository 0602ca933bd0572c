"""What can be wrong with a file, by code; `kusei.base.files.problems` has the words."""


class Problem(Exception):
    """The file can't be taken; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
