"""Contours packed from official files: what is kept, what is reported, and what ships."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import shapely

from geo.contours import CODE_PATTERNS, Contours, read_contours
from geo.generalise import cleaned, generalised, plane_of
from mapapp.errors import DataFault
from mapapp.packing.commune_names import CommuneNames
from mapapp.packing.qpv import (
    OVERSEAS,
    Edition,
    departement_of_qpv,
    gather,
    tidy,
    uncovered_by,
)
from mapapp.packing.reading import read_features, sha256_of
from mapapp.paths import shipped

EDITION = Edition(2015, "décret d’essai", 0.1)
SQUARE = shapely.box(2.38, 48.95, 2.39, 48.96)

#: Files, count of QPVs and accuracy of what ships.
SHIPPED = {
    2015: (("qpv_2015_metropole.geojson.gz", "qpv_2015_reunion.geojson.gz"), 1345, 5.1),
    2024: (("qpv_2024.geojson.gz",), 1584, 12.0),
}


@pytest.fixture(scope="module")
def names() -> CommuneNames:
    """The communes that ship."""
    return CommuneNames.read(shipped("data") / "communes.csv")


@pytest.fixture(scope="module")
def contours() -> dict[int, Contours]:
    """The contours that ship."""
    return {g: read_contours(shipped("data") / f"qpv_{g}.geojson") for g in SHIPPED}


def official(
    folder: Path, *lines: tuple[str, str, str, shapely.Geometry], name: str = "qpv.geojson"
) -> Path:
    """A file of 2015: code, name, communes, contour."""
    features = [
        {
            "type": "Feature",
            "properties": {"code_qp": code, "nom_qp": label, "commune_qp": communes},
            "geometry": json.loads(shapely.to_geojson(contour)),
        }
        for code, label, communes, contour in lines
    ]
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def sentences(issues: Sequence[object]) -> list[str]:
    """The issues as the command prints them, with plain spaces."""
    return [str(issue).replace("\N{NO-BREAK SPACE}", " ") for issue in issues]


def test_a_sound_file_gives_contours_and_no_issue(tmp_path: Path, names: CommuneNames) -> None:
    """Name single-spaced, communes by today's code, accuracy of the file plus the displacement."""
    path = official(tmp_path, ("QP093035", " Joli  Fond ", "Pierrefitte-sur-Seine, Stains", SQUARE))
    contours, issues = gather([path], EDITION, names)
    [qpv] = contours.qpvs
    assert issues == []
    assert (qpv.code, qpv.name, qpv.communes) == ("QP093035", "Joli Fond", ("93066", "93072"))
    assert contours.accuracy_m == 5.1
    assert contours.sources == {"qpv.geojson": sha256_of(path)}


def test_several_files_make_one_generation(tmp_path: Path, names: CommuneNames) -> None:
    """Metropolitan France and an island."""
    here = official(tmp_path, ("QP093035", "Ici", "Stains", SQUARE), name="a.geojson")
    there = official(tmp_path, ("QP974001", "Là", "Saint-Louis", SQUARE), name="b.geojson")
    contours, issues = gather([here, there], EDITION, names)
    assert [qpv.code for qpv in contours.qpvs] == ["QP093035", "QP974001"]
    assert set(contours.sources) == {"a.geojson", "b.geojson"}
    assert issues == []


def test_contours_can_be_taken_as_published(tmp_path: Path, names: CommuneNames) -> None:
    """An operator's own file is not generalised, and its accuracy is its own."""
    bend = shapely.Polygon([(2.38, 48.95), (2.3850001, 48.9500001), (2.39, 48.95), (2.39, 48.96)])
    path = official(tmp_path, ("QP093035", "Ici", "Stains", bend))
    contours, _ = gather([path], EDITION, names, displacement_m=0)
    assert shapely.get_num_coordinates(contours.qpvs[0].geometry) == 5
    assert contours.accuracy_m == 0.1


def test_what_cannot_be_taken_is_reported(tmp_path: Path, names: CommuneNames) -> None:
    """A wrong code, no contour, a code twice, an unknown commune: four sentences, one QPV kept."""
    path = official(
        tmp_path,
        ("QP093035", "Ici", "Stains, Sainville-la-Neuve", SQUARE),
        ("QN09335M", "Autre génération", "Stains", SQUARE),
        ("QP093036", "Sans contour", "Stains", shapely.Polygon()),
        ("QP093035", "Encore", "Stains", SQUARE),
    )
    contours, issues = gather([path], EDITION, names)
    assert [(qpv.code, qpv.name, qpv.communes) for qpv in contours.qpvs] == [
        ("QP093035", "Ici", ("93072",))
    ]
    assert sentences(issues) == [
        "qpv.geojson, colonne « commune », valeur « Sainville-la-Neuve » : "
        "commune inconnue, laissée hors de la liste de QP093035.",
        "qpv.geojson, colonne « code_qp », valeur « QN09335M » : "
        "ce n’est pas un code de QPV de cette génération.",
        "qpv.geojson, colonne « code_qp », valeur « QP093036 » : ce QPV n’a pas de contour.",
        "qpv.geojson, colonne « code_qp », valeur « QP093035 » : "
        "ce QPV figure deux fois ; le premier est gardé.",
    ]


def test_a_file_of_something_else_is_refused(tmp_path: Path, names: CommuneNames) -> None:
    """No QPV column, or no QPV at all: nothing is made of it."""
    path = tmp_path / "autre.geojson"
    path.write_text('{"type":"FeatureCollection","features":[]}')
    with pytest.raises(DataFault, match="« code_qp »".replace(" ", "\N{NO-BREAK SPACE}")):
        gather([path], EDITION, names)
    foreign = official(tmp_path, ("QN09335M", "Autre génération", "Stains", SQUARE))
    with pytest.raises(DataFault, match="Aucun QPV lisible"):
        gather([foreign], EDITION, names)


def test_an_apostrophe_of_cp1252_is_an_apostrophe() -> None:
    """Corbeil Bout De L’Etang, as La Réunion's file has it."""
    assert tidy("Corbeil  Bout De L\x92Etang") == "Corbeil Bout De L’Etang"


@pytest.mark.parametrize(
    ("code", "departement"),
    [
        ("QP093035", "93"), ("QP001001", "01"), ("QP02A001", "2A"), ("QP974001", "974"),
        ("QN00101M", "01"), ("QN02B01M", "2B"), ("QN97651C", "976"), ("QN98701M", "987"),
    ],
)  # fmt: skip
def test_the_code_tells_the_departement(code: str, departement: str) -> None:
    """Both generations, Corsica and overseas."""
    assert departement_of_qpv(code) == departement


def test_territories_without_any_qpv_are_said_uncovered() -> None:
    """A file of metropolitan France and La Réunion knows nothing of the six others."""
    codes = {territory.code for territory in uncovered_by(["QP093035", "QP974001"])}
    assert codes == {"971", "972", "973", "976", "978", "987"}


def test_uncovered_envelopes_hold_the_territories(
    extracts: Path, contours: dict[int, Contours]
) -> None:
    """Each envelope holds its département's outline, and the QPVs of 2024 that lie there."""
    outlines = {
        feature.properties["insee_dep"]: feature.geometry
        for feature in read_features(extracts / "departements_dont_outremer_anct.geojson.gz")
    }
    for territory in OVERSEAS:
        envelope = shapely.box(*territory.bbox)
        qpvs = [q for q in contours[2024].qpvs if departement_of_qpv(q.code) == territory.code]
        assert qpvs
        assert all(envelope.covers(qpv.geometry) for qpv in qpvs), territory.name
        if territory.code in outlines:
            assert envelope.covers(outlines[territory.code])


@pytest.mark.parametrize("generation", SHIPPED)
def test_what_ships_says_where_it_comes_from(
    contours: dict[int, Contours], generation: int
) -> None:
    """Count, accuracy, and the names of the official files it was made of."""
    files, count, accuracy_m = SHIPPED[generation]
    made = contours[generation]
    assert len(made.qpvs) == count
    assert made.accuracy_m == accuracy_m
    assert set(made.sources) == set(files)


@pytest.mark.parametrize("generation", SHIPPED)
def test_what_ships_is_whole(
    contours: dict[int, Contours], names: CommuneNames, generation: int
) -> None:
    """Every QPV has a name, at least one commune of today, and a sound area on five decimals."""
    pattern = CODE_PATTERNS[generation]
    for qpv in contours[generation].qpvs:
        assert pattern.fullmatch(qpv.code)
        assert qpv.name == tidy(qpv.name) != ""
        assert qpv.communes
        assert names.of_codes(",".join(qpv.communes)).codes == qpv.communes
        assert qpv.geometry.is_valid
    fine = [qpv.code for qpv in contours[generation].qpvs if decimals(qpv.geometry) > 5]
    assert len(fine) <= 6, "only corridors narrower than a metre need seven decimals"


def decimals(geometry: shapely.Geometry) -> int:
    """How many decimals the coordinates need, 5 at least."""
    degrees = shapely.get_coordinates(geometry)
    return 5 if abs(degrees.round(5) - degrees).max() < 1e-9 else 7


@pytest.mark.parametrize("generation", SHIPPED)
def test_what_ships_was_made_of_the_official_files(
    official_data: Path, contours: dict[int, Contours], generation: int
) -> None:
    """Their fingerprints are those that the contours name."""
    files = SHIPPED[generation][0]
    assert contours[generation].sources == {n: sha256_of(official_data / n) for n in files}


def test_what_ships_is_what_the_command_makes(
    extracts: Path, contours: dict[int, Contours]
) -> None:
    """The shipped contours of which the originals are at hand, made again, are the same.

    But two in a hundred: where two vertices are equally worth keeping, the last bit of a number
    decides, and machines differ.
    """
    for generation, (files, _, _) in SHIPPED.items():
        kept = {qpv.code: qpv.geometry for qpv in contours[generation].qpvs}
        at_hand = [f for name in files for f in read_features(extracts / name)]
        same = [
            generalised(f.geometry).equals_exact(kept[f.properties["code_qp"]], 1e-9)
            for f in at_hand
        ]
        assert len(same) > 140
        assert sum(same) >= 0.98 * len(same)


@pytest.mark.parametrize(
    ("code", "communes"),
    [
        ("QP093035", {"93066", "93072"}),  # Pierrefitte and Stains
        ("QP013058", {"13215", "13202"}),
        ("QP062040", {"62321", "59452"}),  # Ostricourt lies in the Nord
        ("QP050005", {"50129"}),
        ("QN09335M", {"93066", "93072"}),
        ("QN07517I", {"75056"}),
    ],
)
def test_communes_of_qpvs_that_are_easy_to_get_wrong(
    contours: dict[int, Contours], code: str, communes: set[str]
) -> None:
    """Merged communes, arrondissements, a neighbouring département."""
    generation = 2015 if code.startswith("QP") else 2024
    [qpv] = [qpv for qpv in contours[generation].qpvs if qpv.code == code]
    assert set(qpv.communes) == communes


def test_two_generations_of_an_unchanged_qpv_agree(contours: dict[int, Contours]) -> None:
    """The Trois Cités of Poitiers hardly moved: most of each contour lies in the other."""
    old, new = (
        next(q for q in contours[g].qpvs if "Trois Cités" in q.name and "86194" in q.communes)
        for g in (2015, 2024)
    )
    plane = plane_of(old.geometry)
    before, after = (cleaned(plane.project(qpv.geometry)) for qpv in (old, new))
    assert before.intersection(after).area > 0.8 * min(before.area, after.area)
