"""The published files and their schemas, checked by the tool that reusers check with."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from absence import absent
from acceptable import ROWS
from effort import examples
from hypothesis import given
from published import Published

from mapapp.exporting.extracts import initiatives
from mapapp.exporting.spreadsheets import write_csv
from mapapp.importing.mapping import COLUMNS
from mapapp.opendata.changes import FILE as CHANGES
from mapapp.opendata.datasets import DATASETS
from mapapp.opendata.schemas import DESCRIBED, table_schema, template
from mapapp.store.engine import sessions

pytestmark = pytest.mark.services

#: Where `make` puts Frictionless, apart from our own environment (docs/decisions/0032).
PYTHON = Path(__file__).resolve().parents[2] / ".venv" / "frictionless" / "bin" / "python"

#: Checks pairs of file and schema in one process, and tells the errors of each as JSON.
PROGRAM = """
import json, sys
from frictionless import Dialect, Resource, Schema, system
from frictionless.formats import CsvControl
with system.use_context(trusted=True):
    for path, schema in json.loads(sys.argv[1]):
        dialect = Dialect(controls=[CsvControl(delimiter=";")])
        resource = Resource(
            path=path, schema=Schema.from_descriptor(schema), dialect=dialect, encoding="utf-8-sig"
        )
        report = resource.validate()
        errors = report.flatten(["type", "rowNumber", "fieldName", "note"])
        print(json.dumps([report.valid, report.tasks[0].stats.get("rows", 0), errors]))
"""

Report = tuple[bool, int, list[list[Any]]]


def checked(pairs: Iterable[tuple[Path, Path]]) -> list[Report]:
    """What Frictionless says of each file under its schema: valid, lines read, errors."""
    if not PYTHON.exists():
        absent("Frictionless is not installed (make frictionless)")
    asked = json.dumps([[str(path), str(schema)] for path, schema in pairs])
    told = subprocess.run(
        [PYTHON, "-c", PROGRAM, asked], capture_output=True, text=True, check=True
    )
    return [tuple(json.loads(line)) for line in told.stdout.splitlines()]  # type: ignore[misc]


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every schema as a file."""
    folder = tmp_path_factory.mktemp("schemas")
    for name, described in DESCRIBED.items():
        text = json.dumps(table_schema(described, lambda path: f"https://carte.example{path}"))
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.json" for name in DESCRIBED}


def write(path: Path, lines: Iterable[dict[str, str]], columns: Iterable[str] = COLUMNS) -> Path:
    """An initiatives file."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(columns), delimiter=";", restval="")
        writer.writeheader()
        writer.writerows(lines)
    return path


def test_what_is_published_is_valid(
    published: Published, schemas: dict[str, Path], tmp_path: Path
) -> None:
    """Every dataset with hostile texts, the change list, the template, an export of one source."""
    folder = published.folder / published.second.name
    model = tmp_path / "modele.csv"
    model.write_text(template(), encoding="utf-8", newline="")
    with sessions(published.engine)() as session:
        write_csv(initiatives(session, "essai"), tmp_path / "essai.csv")
    pairs = [(folder / f"{one.name}.csv", schemas[one.name]) for one in DATASETS]
    pairs.append((folder / CHANGES, schemas["changements"]))
    pairs += [(path, schemas["initiatives"]) for path in (model, tmp_path / "essai.csv")]
    counts = [published.second.by_name[f"{one.name}.csv"].lines for one in DATASETS]
    for (path, _), (valid, lines, errors), count in zip(
        pairs, checked(pairs), [*counts, None, 1, 13], strict=True
    ):
        assert valid, (path.name, errors[:5])
        assert lines == count or count is None


def test_what_our_rows_call_acceptable_is(schemas: dict[str, Path], tmp_path: Path) -> None:
    """The rows by which the importer is held to the schema are accepted by the tool as well."""
    rows: list[dict[str, str]] = []

    @examples(40)
    @given(ROWS)
    def collect(row: dict[str, str]) -> None:
        rows.append(row | {"identifiant": f"{len(rows)} {row['identifiant']}"})

    collect()
    ((valid, lines, errors),) = checked(
        [(write(tmp_path / "lignes.csv", rows), schemas["initiatives"])]
    )
    assert valid, errors[:5]
    assert lines == len(rows)


BROKEN = (
    ("nom", ""),
    ("themes", "Mobilité"),
    ("themes", "mobilite|"),
    ("code_postal", "2100"),
    ("code_insee", "ABCDE"),
    ("latitude", "quarante-sept"),
    ("latitude", "91"),
    ("longitude", "-181"),
    ("precision", "rue"),
    ("qpv_declare", "QP1"),
    ("site_web", "javascript:alert(1)"),
    ("statut", "ouverte"),
    ("debut", "2024-13"),
    ("verifie_le", "02/03/2026"),
)


def test_a_broken_file_is_refused(schemas: dict[str, Path], tmp_path: Path) -> None:
    """Each fault at its line and column; a column too few, a key twice."""
    sound = {"identifiant": "1", "nom": "Un", "code_insee": "21231"}
    rows = [
        sound | {"identifiant": str(rank)} | {column: text}
        for rank, (column, text) in enumerate(BROKEN)
    ]
    files = (
        write(tmp_path / "faux.csv", rows),
        write(tmp_path / "court.csv", [sound | {}], COLUMNS[:-1]),
        write(tmp_path / "double.csv", [sound, sound]),
    )
    cells, short, double = checked([(file, schemas["initiatives"]) for file in files])
    assert {(row, column) for _, row, column, _ in cells[2]} == {
        (rank, column) for rank, (column, _) in enumerate(BROKEN, 2)
    }
    assert [error[0] for error in short[2]] == ["missing-label"]
    assert not double[0]
    assert {error[1] for error in double[2]} == {3}
