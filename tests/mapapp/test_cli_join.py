"""``mapapp join``: files of every kind in, the same with their verdicts out."""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet
from sqlalchemy import Engine

from mapapp.cli import main

TABLE = "nom;longitude;latitude\nA;0,35;46,565\nB;2,38;48,95\n"


@pytest.fixture(autouse=True)
def store(live: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small data: each command reads all the contours that its store holds."""
    monkeypatch.setenv("MAPAPP_DATABASE_URL", str(live.url))


def join(*words: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["join", *map(str, words)])


def written(folder: Path, name: str, text: str) -> Path:
    """A file of the folder."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV result."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_a_csv_file_is_joined(tmp_path: Path) -> None:
    """Exit code 0, the counts of both generations, every row in its place."""
    target = tmp_path / "out.csv"
    result = join(written(tmp_path, "in.csv", TABLE), target)
    assert result.exit_code == 0, result.output
    assert "QPV 2024 : inside 2." in result.stdout.replace("\u00a0", " ")
    assert "2 lignes dans" in result.stdout
    assert [(row["nom"], row["statut_2024"]) for row in rows(target)] == [
        ("A", "inside"),
        ("B", "inside"),
    ]


def test_rows_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """Exit code 1, the line and the reason on stderr, the row in its place."""
    target = tmp_path / "out.csv"
    result = join(written(tmp_path, "in.csv", TABLE + "C;abc;46\n"), target)
    assert result.exit_code == 1
    assert "Ligne 4" in result.stderr
    assert "dont 1 à vérifier" in result.stdout
    assert rows(target)[2]["phrase"].startswith("Coordonnées illisibles")


def test_one_generation_and_named_columns(tmp_path: Path) -> None:
    """Only what is asked is added."""
    source = written(tmp_path, "in.csv", "nom;est;nord\nA;0,35;46,565\n")
    target = tmp_path / "out.csv"
    assert (
        join(source, target, "--lon", "est", "--lat", "nord", "--generation", 2015).exit_code == 0
    )
    added = ["qpv_2015", "nom_2015", "statut_2015", "distance_2015", "precision", "phrase"]
    assert list(rows(target)[0]) == ["nom", "est", "nord", *added]


def test_fewer_columns(tmp_path: Path) -> None:
    """In the order of the contract, whatever that of the option; a name that is none is refused."""
    source, target = written(tmp_path, "in.csv", TABLE), tmp_path / "out.csv"
    assert join(source, target, "--columns", "statut, qpv").exit_code == 0
    added = ["qpv_2015", "statut_2015", "qpv_2024", "statut_2024"]
    assert list(rows(target)[0]) == ["nom", "longitude", "latitude", *added]
    refused = join(source, target, "--columns", "statuts")
    assert refused.exit_code == 2
    assert "qpv, nom, statut" in refused.stderr


def test_addresses_without_a_geocoder(tmp_path: Path) -> None:
    """Neighbourhoods and communes are found; a street says that it waits for a geocoder."""
    text = "ou;ville\nQuartier Les Grésilles;Dijon\n12 rue Carnot;Stains\n"
    source, target = written(tmp_path, "in.csv", text), tmp_path / "out.csv"
    result = join(source, target, "--address", "ou,ville", "--geocoder", "offline")
    first, second = rows(target)
    assert result.exit_code == 1
    assert "QN02103M" in first["qpv_2024"]
    assert second["phrase"].startswith("Adresse introuvable")


def test_a_geocoder_that_cannot_be_reached_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, a sentence that says how to go on, no file."""
    monkeypatch.setenv("MAPAPP_GEOCODER", "http://127.0.0.1:9")
    target = tmp_path / "out.csv"
    result = join(written(tmp_path, "in.csv", "adresse\n12 rue Carnot 93240 Stains\n"), target)
    assert result.exit_code == 2
    assert "la même commande reprendra" in result.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "in.csv"]


def test_a_compressed_file_stays_compressed(tmp_path: Path) -> None:
    """``.csv.gz`` in and out."""
    source, target = tmp_path / "in.csv.gz", tmp_path / "out.csv.gz"
    source.write_bytes(gzip.compress(TABLE.encode()))
    assert join(source, target).exit_code == 0
    assert gzip.decompress(target.read_bytes()).count(b"\r\n") == 3


def test_a_workbook_is_joined(tmp_path: Path) -> None:
    """XLSX in and out, or a CSV file of a workbook."""
    source, target = tmp_path / "in.xlsx", tmp_path / "out.xlsx"
    book = openpyxl.Workbook()
    for cells in (["n", "lon", "lat"], [7, 0.35, 46.565]):
        book.active.append(cells)
    book.save(source)
    assert join(source, target).exit_code == 0
    sheet = openpyxl.load_workbook(target).active
    assert [sheet["A2"].value, sheet["F2"].value] == [7, "inside"]
    assert join(source, tmp_path / "out.csv").exit_code == 0
    assert rows(tmp_path / "out.csv")[0]["statut_2024"] == "inside"


def parquet_file(folder: Path) -> tuple[Path, pa.Table]:
    """A Parquet file with columns of several types, and what is in it."""
    table = pa.table(
        {
            "id": pa.array([1, 2, 3], pa.int32()),
            "tags": pa.array([["a"], [], None], pa.list_(pa.string())),
            "longitude": pa.array([0.35, None, 200.0], pa.float32()),
            "latitude": pa.array([46.565, None, 46.0], pa.float32()),
        }
    ).replace_schema_metadata({"made_by": "somebody"})
    path = folder / "in.parquet"
    parquet.write_table(table, path)
    return path, table


def test_a_parquet_file_keeps_its_types(tmp_path: Path) -> None:
    """Own columns and metadata are as they were, distances are numbers, the rest texts."""
    source, table = parquet_file(tmp_path)
    target = tmp_path / "out.parquet"
    result = join(source, target)
    back = parquet.read_table(target)
    assert result.exit_code == 1
    assert back.select(table.column_names).equals(table)
    assert back.schema.metadata[b"made_by"] == b"somebody"
    assert back.column("statut_2024").to_pylist() == ["inside", "unknown", "unknown"]
    assert back.schema.field("distance_2015").type == pa.float64()
    assert back.column("distance_2024").to_pylist()[1:] == [None, None]
    assert back.column("phrase").to_pylist()[1] == "Ni coordonnées ni adresse"


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    """Cut anywhere: a sentence, and nothing written."""
    source, _ = parquet_file(tmp_path)
    source.write_bytes(source.read_bytes()[:-9])
    result = join(source, tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert "tronqué ou abîmé" in result.stderr
    assert not (tmp_path / "out.parquet").exists()


def test_parquet_without_its_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The light installation does not have it."""
    source, _ = parquet_file(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = join(source, tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert "mapapp[parquet]" in result.stderr


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("in.csv", "out.pdf", "format inconnu"),
        ("in.csv", "out.parquet", "lui seul"),
        ("in.csv", "out.ods", "s’écrit en .xlsx"),
        ("in.csv", "absent/out.csv", "n’existe pas"),
    ],
)
def test_what_cannot_be_written_is_refused(
    tmp_path: Path, source: str, target: str, said: str
) -> None:
    """Exit code 2 and a sentence."""
    result = join(written(tmp_path, source, TABLE), tmp_path / target)
    assert result.exit_code == 2
    assert said in result.stderr
