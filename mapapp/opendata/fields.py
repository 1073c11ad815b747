"""What a column of a published file is, for people and in the words of Table Schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mapapp.tables import kinds
from mapapp.tables.kinds import Kind


@dataclass(frozen=True, slots=True)
class Field:
    """A column: name, title and description in French, what a cell holds, an example.

    ``many``: several values joined by ``|``.
    """

    name: str
    title: str
    description: str
    kind: Kind = kinds.text
    example: str = ""
    required: bool = False
    many: bool = False

    def as_table_schema(self, is_key: bool = False) -> dict[str, Any]:
        """The field as Frictionless Table Schema writes it; ``is_key``: its values are unique."""
        constraints = self._constraints()
        if self.required:
            constraints["required"] = True
        if is_key:
            constraints["unique"] = True
        told: dict[str, Any] = {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "type": "string" if self.many else self.kind.type,
            **self.kind.more,
        }
        if self.example:
            told["example"] = self.example
        return told | ({"constraints": constraints} if constraints else {})

    def _constraints(self) -> dict[str, Any]:
        constraints: Mapping[str, Any] = self.kind.constraints
        if not self.many:
            return dict(constraints)
        if "pattern" in constraints:
            one = f"({constraints['pattern']})"
            return {"pattern": rf"{one}(\|{one})*"}
        return {}
