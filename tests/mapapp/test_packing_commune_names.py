"""The communes that a QPV file names become INSEE codes of today, or stay a question."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import shapely

from mapapp.packing.commune_names import CommuneNames, Resolved
from mapapp.paths import shipped

#: A neighbourhood nobody asks the place of.
ANYWHERE = shapely.box(0, 45, 0.01, 45.01)


def commune(code: str, name: str, lon: float = 0, lat: float = 45) -> dict[str, str]:
    """A line of communes.csv with a circle of 5 km."""
    return {
        "code_insee": code,
        "nom": name,
        "longitude": str(lon),
        "latitude": str(lat),
        "rayon_m": "5000",
    }


def names(*communes: dict[str, str], former: Iterable[tuple[str, str, str]] = ()) -> CommuneNames:
    """The communes of a small country."""
    lines = [
        {"code_insee": code, "nom": name, "devient": becomes} for code, name, becomes in former
    ]
    return CommuneNames(communes, lines)


@pytest.fixture(scope="module")
def of_france() -> CommuneNames:
    """The communes that ship."""
    return CommuneNames.read(shipped("data") / "communes.csv")


def test_codes_are_kept_in_the_order_of_the_file() -> None:
    """Several codes in one field, spaces around, the same once."""
    france = names(commune("93072", "Stains"), commune("93066", "Saint-Denis"))
    assert france.of_codes("93072, 93066,93072") == Resolved(("93072", "93066"), ())


def test_a_merged_commune_becomes_the_one_it_joined() -> None:
    """Pierrefitte is now Saint-Denis, which is then named once."""
    france = names(
        commune("93066", "Saint-Denis"), former=[("93059", "Pierrefitte-sur-Seine", "93066")]
    )
    assert france.of_codes("93059,93066") == Resolved(("93066",), ())
    assert france.of_names("Pierrefitte-sur-Seine, Saint-Denis", "93", ANYWHERE).codes == ("93066",)


def test_an_unknown_code_is_reported_and_left_out() -> None:
    """It is neither dropped in silence nor stored."""
    france = names(commune("93072", "Stains"))
    assert france.of_codes("93072,99999") == Resolved(("93072",), ("99999",))


@pytest.mark.parametrize("written", ["Saint-Andre-de-la-Roche", "SAINT ANDRÉ DE LA ROCHE "])
def test_accents_case_and_hyphens_do_not_matter(written: str) -> None:
    """The producers write the same commune in several ways."""
    france = names(commune("06114", "Saint-André-de-la-Roche"))
    assert france.of_names(written, "06", ANYWHERE) == Resolved(("06114",), ())


def test_of_two_namesakes_the_one_of_the_departement_is_meant() -> None:
    """There are two Verdun; the QPV's code tells which."""
    france = names(commune("55545", "Verdun"), commune("09328", "Verdun"))
    assert france.of_names("Verdun", "55", ANYWHERE).codes == ("55545",)
    assert france.of_names("Verdun", "09", ANYWHERE).codes == ("09328",)


def test_a_neighbour_of_another_departement_must_reach_the_qpv() -> None:
    """Ostricourt (Nord) shares a QPV of the Pas-de-Calais; a far namesake is no proof."""
    france = names(commune("59452", "Ostricourt", lon=3.03, lat=50.45))
    near, far = shapely.box(3.03, 50.46, 3.04, 50.47), shapely.box(3.03, 51, 3.04, 51.01)
    assert france.of_names("Ostricourt", "62", near) == Resolved(("59452",), ())
    assert france.of_names("Ostricourt", "62", far) == Resolved((), ("Ostricourt",))


def test_two_neighbours_of_one_name_are_a_question() -> None:
    """When both reach the QPV, neither is chosen."""
    france = names(commune("01001", "Belleville"), commune("71001", "Belleville"))
    assert france.of_names("Belleville", "69", ANYWHERE) == Resolved((), ("Belleville",))


@pytest.mark.parametrize(
    ("written", "departement", "codes"),
    [
        ("Marseille 10ème arrondissement", "13", ("13210",)),
        ("Marseille 10ème et 9ème arrondissements", "13", ("13210", "13209")),
        (
            "Marseille 3ème, 1er, 2ème, 14ème,  6ème et 15ème arrondissements",
            "13",
            ("13203", "13201", "13202", "13214", "13206", "13215"),
        ),
        ("Marseille 11ème, La Penne-sur-Huveaune", "13", ("13211", "13070")),
        ("Lyon 8ème arrondissement, Vénissieux", "69", ("69388", "69259")),
        ("Paris 20ème, 11ème et 10ème arrondissements", "75", ("75120", "75111", "75110")),
        ("Paris 1er", "75", ("75101",)),
        ("Marseille", "13", ("13055",)),
        ("Houdain, Haillicourt,", "62", ("62457", "62400")),
        ("Bondy,Bobigny, Le Blanc-Mesnil", "93", ("93010", "93008", "93007")),
        ("Cherbourg-Octeville", "50", ("50129",)),
        ("Évry, Courcouronnes", "91", ("91228",)),
        ("Oullins, Pierre-Bénite", "69", ("69149",)),
    ],
)
def test_lists_of_the_official_files(
    of_france: CommuneNames, written: str, departement: str, codes: tuple[str, ...]
) -> None:
    """Arrondissements, trailing commas, and communes that have changed since 2015."""
    assert of_france.of_names(written, departement, ANYWHERE) == Resolved(codes, ())


@pytest.mark.parametrize("written", ["Marseille 17ème arrondissement", "Saint-Inventé"])
def test_what_does_not_exist_stays_unknown(of_france: CommuneNames, written: str) -> None:
    """Marseille stops at the sixteenth."""
    assert of_france.of_names(written, "13", ANYWHERE) == Resolved((), (written,))


def test_an_arrondissement_out_of_range_is_not_another_code(of_france: CommuneNames) -> None:
    """The code after the ninth arrondissement of Lyon is not a tenth."""
    assert of_france.of_names("Lyon 10ème", "69", ANYWHERE).unknown == ("Lyon 10ème",)


def test_former_communes_lead_to_communes_of_today() -> None:
    """Each line of the shipped table ends at a commune that exists, and says since when it can."""
    folder = shipped("data")
    france = CommuneNames.read(folder / "communes.csv")
    lines = (Path(folder) / "former_communes.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(lines) == 15
    for code, _, becomes, _, source in (line.split(",") for line in lines):
        assert france.of_codes(code) == Resolved((becomes,), ())
        assert source == "COG INSEE"
