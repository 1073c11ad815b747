"""The initiatives of ``data/`` as records of the store, with their position."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from geo.gazetteer import Gazetteer
from geo.position import Precision
from geo.qpv_index import QpvIndex
from mapapp.judging import declared_codes
from mapapp.locating import ToldPlace, locate
from mapapp.store import initiatives as ini
from mapapp.tables.reading import Row, Shipped
from mapapp.words import search_text


def initiative_records(
    shipped: Shipped, gazetteer: Gazetteer, indexes: list[QpvIndex]
) -> Iterator[ini.Initiative]:
    """The records of the shipped initiatives, each with its best offline position.

    ``indexes`` come newest generation first.
    """
    details = {
        name: _by_initiative(shipped.tables[name])
        for name in ("initiative_qpv", "initiative_places", "initiative_evidence")
    }
    labels = {row["slug"]: row["libelle"] for row in shipped.tables["themes"]}
    for rank, row in enumerate(shipped.tables["initiatives"]):
        key = row["identifiant"]
        initiative = _initiative(rank, row, [labels[theme] for theme in row["themes"]])
        initiative.qpv_links = [_qpv_link(r) for r in details["initiative_qpv"][key]]
        initiative.places = [_place(n, r) for n, r in enumerate(details["initiative_places"][key])]
        initiative.evidence = [
            _evidence(n, r) for n, r in enumerate(details["initiative_evidence"][key])
        ]
        _set_position(initiative, row["commune"], gazetteer, indexes)
        yield initiative


def _by_initiative(rows: Sequence[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["initiative"]].append(row)
    return grouped


def _initiative(rank: int, row: Row, theme_labels: Sequence[str]) -> ini.Initiative:
    return ini.Initiative(
        slug=row["identifiant"],
        source_id=row["source"],
        key=row["identifiant"],
        rank=rank,
        name=row["nom"],
        parent_slug=row["parent"],
        summary=row["resume"],
        address=row["adresse"],
        address_period=row["periode_adresse"],
        quartier=row["quartier"],
        postcode=row["code_postal"],
        insee_code=row["code_insee"],
        legal_form=row["forme_juridique"],
        siret=row["siret"],
        website=row["site_web"],
        status=row["statut"],
        status_note=row["note_statut"],
        started=row["debut"],
        sheet_date=row["date_fiche"],
        uncertainties=row["incertitudes"],
        told=told_of(row),
        search_text=search_text(
            row["nom"], row["resume"], row["commune"], row["quartier"], *theme_labels
        ),
        theme_links=[
            ini.InitiativeTheme(theme_slug=slug, rank=n) for n, slug in enumerate(row["themes"])
        ],
        sheet_links=[
            ini.InitiativeResource(resource_slug=slug, rank=n)
            for n, slug in enumerate(row["ressources"])
        ],
    )


def told_of(row: Row) -> dict[str, str]:
    """A row as its source tells it: the text of each cell that is not empty, by column."""
    return {
        column: "|".join(value) if isinstance(value, tuple) else str(value)
        for column, value in row.values.items()
        if column not in ("source", "parent", "remplace") and value not in (None, ())
    }


def _qpv_link(row: Row) -> ini.InitiativeQpv:
    return ini.InitiativeQpv(
        qpv_code=row["code"],
        generation=int(row["generation"]),
        relation=row["relation"],
        confidence=row["confiance"],
        evidence=row["preuve"],
    )


def _place(rank: int, row: Row) -> ini.InitiativePlace:
    return ini.InitiativePlace(
        rank=rank, label=row["libelle"], address=row["adresse"], evidence=row["preuve"]
    )


def _evidence(rank: int, row: Row) -> ini.InitiativeEvidence:
    return ini.InitiativeEvidence(rank=rank, field=row["champ"], text=row["preuve"])


def _set_position(
    initiative: ini.Initiative,
    commune: str | None,
    gazetteer: Gazetteer,
    indexes: list[QpvIndex],
) -> None:
    told = ToldPlace(
        insee_code=initiative.insee_code or "",
        postcode=initiative.postcode or "",
        commune=commune or "",
        quartier=initiative.quartier or "",
        declared=declared_codes(initiative),
    )
    located = locate(told, gazetteer, indexes)
    if located is None:
        initiative.precision = Precision.NONE.value
        return
    initiative.lon, initiative.lat = located.position.lon_lat
    initiative.precision = located.position.precision.value
    initiative.radius_m = located.position.radius_m
    initiative.position_source = located.stands_for
