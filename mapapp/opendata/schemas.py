"""Table Schemas (Frictionless) of the published files, as schema.data.gouv.fr expects them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mapapp.opendata.columns import CHANGES
from mapapp.opendata.datasets import DATASETS
from mapapp.opendata.fields import Field

#: What a change of the columns raises: the first number when a valid file is no longer one.
VERSION = "1.0.0"

#: Days when the schemas were written and last changed.
CREATED, MODIFIED = "2026-11-24", "2026-11-24"

#: An empty initiatives file, with one line as an example.
TEMPLATE = "modele-initiatives.csv"


@dataclass(frozen=True, slots=True)
class Described:
    """A file that a schema describes."""

    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()


DESCRIBED = {
    described.name: described
    for described in (
        *(Described(one.name, one.title, one.description, one.fields, one.key) for one in DATASETS),
        Described(
            "changements",
            "Changements entre deux instantanés",
            "Ce qui a été ajouté, retiré ou modifié depuis l’instantané précédent.",
            CHANGES,
        ),
    )
}


def table_schema(described: Described, absolute: Callable[[str], str]) -> dict[str, Any]:
    """The schema of a file as JSON; ``absolute`` makes an address of a path."""
    alone = described.key[0] if len(described.key) == 1 else ""
    told: dict[str, Any] = {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "name": f"ess-qpv-{described.name}",
        "title": described.title,
        "description": described.description,
        "countryCode": "FR",
        "homepage": absolute("/donnees"),
        "path": absolute(f"/schemas/{described.name}.json"),
        "resources": _resources(described, absolute),
        "created": CREATED,
        "lastModified": MODIFIED,
        "version": VERSION,
        "contributors": [{"title": "mapapp", "role": "author", "path": absolute("/a-propos")}],
        "fields": [field.as_table_schema(field.name == alone) for field in described.fields],
        "missingValues": [""],
    }
    return told | ({"primaryKey": list(described.key)} if described.key else {})


def _resources(described: Described, absolute: Callable[[str], str]) -> list[dict[str, str]]:
    """Files that the schema accepts, to see what it means."""
    if described.name == "initiatives":
        return [{"title": "Modèle", "path": absolute(f"/donnees/{TEMPLATE}")}]
    return []


def template() -> str:
    """An initiatives file to fill in: the headers, and one line as an example."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    fields = DESCRIBED["initiatives"].fields
    writer.writerow(field.name for field in fields)
    writer.writerow(field.example for field in fields)
    return "\ufeff" + text.getvalue()
