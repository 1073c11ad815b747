"""What an export holds: the sources' own words, the catalogue, the QPVs as their pages count."""

from __future__ import annotations

import pytest
from shipped_copy import cells_of
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mapapp.errors import UnknownRecord
from mapapp.exporting.extracts import Extract, initiatives, qpvs, resources
from mapapp.memory import Memory
from mapapp.paths import shipped
from mapapp.queries.initiatives import Initiatives
from mapapp.queries.qpvs import qpv_sheet
from mapapp.store import initiatives as ini
from mapapp.store.engine import one_instant, sessions

pytestmark = pytest.mark.both_databases


def lines(extract: Extract) -> list[dict[str, object]]:
    """The records of an extract, cell by column; empty cells as empty texts."""
    return [
        {
            column: "" if cell is None else cell
            for column, cell in zip(extract.columns, record.cells, strict=True)
        }
        for record in extract.records
    ]


def test_initiatives_are_exported_word_for_word(session: Session) -> None:
    """Each cell is what the source tells; the lines follow the identifiers."""
    extract = initiatives(session)
    exported = lines(extract)
    told = {row["identifiant"]: row for row in cells_of(shipped("data") / "initiatives.csv")}

    assert extract.count == len(exported) == len(told)
    assert [line["identifiant"] for line in exported] == sorted(told)
    for line in exported:
        shared = line.keys() & told[str(line["identifiant"])].keys()
        source_line = told[str(line["identifiant"])]
        assert {name: line[name] for name in shared} == {n: source_line[n] for n in shared}


def test_the_columns_of_the_contract_come_first(session: Session) -> None:
    """All twenty, even empty, in the order of the contract; the others by name."""
    columns = initiatives(session).columns

    assert columns[:4] == ("identifiant", "nom", "resume", "themes")
    assert columns[20] == "remplace"
    assert "siret" in columns[21:]
    assert list(columns[21:]) == sorted(columns[21:])


def test_the_point_is_where_the_initiative_is_placed(session: Session) -> None:
    """An initiative on the map has a shape, one that is nowhere has none; neither tells a cell."""
    extract = initiatives(session)
    placed = {str(record.cells[0]): record.shape for record in extract.records}
    known = session.query(ini.Initiative).all()

    assert {key for key, shape in placed.items() if shape is None} == {
        one.key for one in known if one.lon is None
    }
    assert any(shape is None for shape in placed.values())
    for one in known:
        if one.lon is not None:
            assert placed[one.key].coords[0] == (one.lon, one.lat)


def test_one_source_alone(session: Session) -> None:
    """The source that ships has them all; an unknown one is refused, with those that exist."""
    assert initiatives(session, "rtes-2022").count == initiatives(session).count
    with pytest.raises(UnknownRecord, match=r"«\sinconnue\s».*rtes-2022"):
        initiatives(session, "inconnue")


def test_the_catalogue_is_exported_as_it_ships(session: Session) -> None:
    """Every cell of ``data/resources.csv``, in its order."""
    exported = [{k: str(v) for k, v in line.items()} for line in lines(resources(session))]

    assert exported == cells_of(shipped("data") / "resources.csv")


def test_qpvs_are_counted_as_on_their_pages(session: Session, memory: Memory) -> None:
    """The number of initiatives is the one that the page of the QPV shows."""
    counted = {line["code"]: line for line in lines(qpvs(session)) if line["nombre_initiatives"]}

    assert counted
    for code, line in counted.items():
        sheet = qpv_sheet(session, Initiatives(session, memory), str(code))
        assert line["nombre_initiatives"] == sheet.card.initiative_count
        assert line["communes"] == "|".join(c.insee_code for c in sheet.card.communes)
        assert (line["nom"], line["generation"]) == (sheet.card.name, sheet.card.generation)


def test_qpvs_have_population_outline_and_generation(session: Session) -> None:
    """Both generations unless one is asked; population with its source where it is known."""
    both, only = qpvs(session), qpvs(session, 2015)
    exported = lines(only)

    assert {line["generation"] for line in lines(both)} == {2015, 2024}
    assert both.count > only.count == len(exported)
    known = next(line for line in exported if line["code"] == "QP009001")
    assert known["population"] == 1177
    assert str(known["population_source"]).startswith("INSEE")
    assert all(record.shape is not None for record in qpvs(session, 2024).records)


def test_an_export_sees_one_instant(live: Engine) -> None:
    """What an import publishes while an export is running is not in it, not even in part."""
    with one_instant(live) as session:
        extract = initiatives(session)
        rename_all(live)
        seen = lines(extract)

    assert "ajoutee" not in extract.columns
    assert all(line["nom"] != "Autre nom" for line in seen)
    with one_instant(live) as session:
        assert {line["nom"] for line in lines(initiatives(session))} == {"Autre nom"}


def rename_all(engine: Engine) -> None:
    """Another process publishes: other names, and a column more."""
    with sessions(engine).begin() as session:
        for one in session.query(ini.Initiative):
            one.told = one.told | {"nom": "Autre nom", "ajoutee": "oui"}
