"""Why a file as a whole cannot be taken."""

from __future__ import annotations


class FileRefused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """A file is refused by rule `rule`; `place` and `params` fill the rule's sentences."""

    def __init__(self, *, rule: str, http: int = 422, **params: object) -> None:
        super().__init__(rule)
        self.rule = rule
        self.http = http
        self.params = {name: str(value) for name, value in params.items()}
