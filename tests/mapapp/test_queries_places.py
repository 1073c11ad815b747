"""What a visitor means by a typed place: one place, a choice, or the nearest proposals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fault_server import (
    BAD_REQUEST,
    BROKEN,
    BUSY,
    HTML,
    NOTHING,
    TRUNCATED,
    FaultServer,
    Reply,
    fault_server,
    found,
    place,
    refusing_domain,
    slow,
)
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from geo.communes import departement_of
from geo.place_names import Kind, PlaceNames
from geo.position import Position, Precision
from mapapp import address_lookup
from mapapp.address_lookup import AddressLookup
from mapapp.memory import Memory
from mapapp.queries.initiatives import Initiatives
from mapapp.queries.places import Choice, FoundPlace, Unknown, place_names, understand
from mapapp.queries.search import search
from mapapp.queries.whereabouts import France
from mapapp.store.engine import sessions

pytestmark = pytest.mark.both_databases


@pytest.fixture(scope="session")
def names(engine: Engine, memory: Memory) -> PlaceNames:
    """The names of the shipped places."""
    with sessions(engine)() as session:
        return place_names(session, memory)


@pytest.fixture(scope="session")
def nobody() -> Iterator[AddressLookup]:
    """A geocoder that refuses connections."""
    with refusing_domain() as domain:
        yield AddressLookup(f"http://{domain}")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A geocoder that answers as it is told."""
    with fault_server() as server:
        yield server


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Stains", "Stains (93, Seine-Saint-Denis)"),
        ("93240", "Stains (93, Seine-Saint-Denis)"),
        ("93072", "Stains (93, Seine-Saint-Denis)"),
        ("59000 Lille", "Lille (59, Nord)"),
        ("  lille  ", "Lille (59, Nord)"),
        ("L'HAY LES ROSES", "L’Haÿ-les-Roses (94, Val-de-Marne)"),
        ("mons en baroeul", "Mons-en-Barœul (59, Nord)"),
        ("Verdun (55)", "Verdun (55, Meuse)"),
        ("verdun ariege", "Verdun (09, Ariège)"),
        ("Saint-Denis, La Réunion", "Saint-Denis (974, La Réunion)"),
        ("st denis 93", "Saint-Denis (93, Seine-Saint-Denis)"),
        ("Paris", "Paris (75, Paris)"),
        ("Paris 13", "Paris 13e Arrondissement (75, Paris)"),
        ("75013 Paris", "Paris 13e Arrondissement (75, Paris)"),
        ("Lyon 3e", "Lyon 3e Arrondissement (69, Rhône)"),
        ("lyon 3eme arrondissement", "Lyon 3e Arrondissement (69, Rhône)"),
        ("2a004", "Ajaccio (2A, Corse-du-Sud)"),
        ("Mons en Baro", "Mons-en-Barœul (59, Nord)"),
        ("Les Grésilles, Dijon", "Les Grésilles (QN02103M), Dijon, QPV 2024"),
        ("gresilles", "Les Grésilles (QN02103M), Dijon, QPV 2024"),
        ("Les Grésilles 2015", "Les Grésilles (QP021004), Dijon, QPV 2015"),
        ("qp021004", "Les Grésilles (QP021004), Dijon, QPV 2015"),
        ("3 cités poitiers", "Trois Cités (QN08604M), Poitiers, Saint-Benoît, QPV 2024"),
        ("Fives", "Fives (Lille)"),
        ("46,58 ; 0,34", "46,5800\u00a0; 0,3400"),
        ("46.58, 0.34", "46,5800\u00a0; 0,3400"),
        ("46.58,0.34", "46,5800\u00a0; 0,3400"),
        ("46.58 -0.34", "46,5800\u00a0; −0,3400"),
        ("−21,1; 55,5", "−21,1000\u00a0; 55,5000"),
    ],
)
def test_one_place_is_meant(
    names: PlaceNames, nobody: AddressLookup, text: str, label: str
) -> None:
    """Names in any spelling, codes of all kinds, coordinates; without any geocoder."""
    answer = understand(text, names, nobody)
    assert isinstance(answer, FoundPlace)
    assert answer.label == label


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        ("Verdun", ["Verdun (55, Meuse)", "Verdun (09, Ariège)"]),
        ("saint denis", ["Saint-Denis (974, La Réunion)", "Saint-Denis (93, Seine-Saint-Denis)"]),
        ("55100", ["Verdun (55, Meuse)"]),
        ("13001", ["Aix-en-Provence (13, Bouches-du-Rhône)"]),
        ("centre-ville", []),
        ("Verd", ["Verdun (55, Meuse)"]),
        ("La Réunion", ["La Réunion (47, Lot-et-Garonne)"]),
        ("creuse", ["Creuse (80, Somme)"]),
        ("93", ["Saint-Denis (93, Seine-Saint-Denis)"]),
    ],
)
def test_several_places_are_a_choice(
    names: PlaceNames, nobody: AddressLookup, text: str, proposed: list[str]
) -> None:
    """Homonyms, a postcode of several communes, a département: asked, never guessed."""
    answer = understand(text, names, nobody)
    assert isinstance(answer, Choice)
    assert len(answer.proposals) > 1
    told = [dict(proposal.pairs).get("ou") for proposal in answer.proposals]
    assert [label for label in proposed if label in told] == proposed


def test_a_departement_leads_to_its_initiatives(names: PlaceNames, nobody: AddressLookup) -> None:
    """It is too wide to be near of; its largest communes are proposed with it."""
    answer = understand("Seine-Saint-Denis", names, nobody)
    assert isinstance(answer, Choice)
    assert answer.proposals[0].url == "/initiatives?departement=93"
    assert len(answer.proposals) == 7


def test_a_commune_that_has_merged_is_told_by_its_present_name(
    names: PlaceNames, nobody: AddressLookup
) -> None:
    """Pierrefitte-sur-Seine is a part of Saint-Denis since 2025."""
    answer = understand("Pierrefitte-sur-Seine", names, nobody)
    assert isinstance(answer, FoundPlace)
    assert answer.insee_code == "93066"
    assert "Pierrefitte-sur-Seine" in answer.note


@pytest.mark.parametrize(
    ("text", "proposed"), [("Stainz", "Stains"), ("Roubay", "Roubaix"), ("qqqqqqq", None)]
)
def test_an_unknown_name_gets_its_likenesses(
    names: PlaceNames, nobody: AddressLookup, text: str, proposed: str | None
) -> None:
    """Spelled alike, the most alike first; or none at all."""
    answer = understand(text, names, nobody)
    assert isinstance(answer, Unknown)
    labels = [proposal.label for proposal in answer.proposals]
    assert labels[:1] == ([proposed] if proposed else [])


def test_every_place_is_understood_by_its_own_label(names: PlaceNames) -> None:
    """All communes, QPVs of both generations, neighbourhoods: a proposal chosen means one place."""
    wrong = [place.label for place in names.places if not _means(names, place.label, place.code)]
    assert len(names.places) > 38_000
    assert wrong == []


def _means(names: PlaceNames, label: str, code: str) -> bool:
    return [place.code for place in names.named(label)] == [code]


@pytest.mark.parametrize(
    "text", ["saint", "verd", "gresil", "centre", "l'", "59", "marseille", "9"]
)
def test_every_suggestion_once_chosen_is_the_place_suggested(
    initiatives: Initiatives, names: PlaceNames, text: str
) -> None:
    """What the combobox writes in the field is understood as that place and no other."""
    hits = search(initiatives, text, ("commune", "qpv"))
    assert hits
    for hit in hits:
        assert _means(names, hit.place or "", hit.code)


@given(text=st.text(max_size=100))
def test_any_text_gets_an_answer(names: PlaceNames, text: str) -> None:
    """Whatever is typed, one of the three answers, its proposals bounded."""
    answer = understand(text, names, AddressLookup("http://127.0.0.1:1"))
    assert isinstance(answer, FoundPlace | Choice | Unknown)
    if not isinstance(answer, FoundPlace):
        assert len(answer.proposals) <= 12


TILLEULS = "12 rue des Tilleuls 93240 Stains"


def test_an_address_is_found_where_type_and_commune_agree(
    names: PlaceNames, server: FaultServer
) -> None:
    """The geocoder is asked within the commune of the text; the position keeps its precision."""
    answer = understand(TILLEULS, names, AddressLookup(server.address))
    assert isinstance(answer, FoundPlace)
    assert (answer.kind, answer.position.precision) == ("adresse", Precision.ADDRESS)
    assert answer.pairs == (("lat", "48.95"), ("lon", "2.38"), ("exactitude", "20"))
    assert server.received[0].params["citycode"] == ["93072"]


@pytest.mark.parametrize(
    "reply",
    [
        found(place(type="municipality")),
        found(place(type="planet")),
        NOTHING,
    ],
)
def test_an_answer_of_another_type_is_not_taken(
    names: PlaceNames, server: FaultServer, reply: Reply
) -> None:
    """The commune of the text is given instead, and it is said why."""
    server.will(reply)
    answer = understand(TILLEULS, names, AddressLookup(server.address))
    assert isinstance(answer, FoundPlace)
    assert answer.insee_code == "93072"
    assert answer.kind == "commune"
    assert answer.note.startswith("Cette adresse n’a pas été trouvée.")


def test_a_doubtful_answer_is_proposed(names: PlaceNames, server: FaultServer) -> None:
    """A street of another name, an address without a commune: the choice, and why."""
    server.will(found(place(street="Rue des Peupliers", score=0.55)))
    answer = understand(TILLEULS, names, AddressLookup(server.address))
    assert isinstance(answer, Choice)
    assert "le nom de la voie diffère" in answer.note
    server.will(found(place(citycode="59350", city="Lille")))
    answer = understand(TILLEULS, names, AddressLookup(server.address))
    assert isinstance(answer, Choice)
    assert "la réponse est à Lille" in answer.note
    server.will(found(place()))
    answer = understand("12 rue des Tilleuls", names, AddressLookup(server.address))
    assert isinstance(answer, Choice)
    assert answer.proposals[0].pairs[0] == ("lat", "48.95")


@pytest.mark.parametrize("reply", [BUSY, BROKEN, BAD_REQUEST, HTML, TRUNCATED, slow(9)])
def test_a_failing_geocoder_leaves_the_commune(
    names: PlaceNames, server: FaultServer, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Busy, broken, slow, a page instead of an answer: said so, the commune is shown."""
    monkeypatch.setattr(address_lookup, "PATIENCE_S", 0.2)
    server.will(reply)
    answer = understand(TILLEULS, names, AddressLookup(server.address))
    assert isinstance(answer, FoundPlace)
    assert answer.insee_code == "93072"
    assert answer.note.startswith("Les adresses ne peuvent pas être cherchées en ce moment.")


def test_a_geocoder_that_failed_is_left_in_peace(names: PlaceNames, server: FaultServer) -> None:
    """The next visitors do not wait for the same silence."""
    server.will(BROKEN)
    addresses = AddressLookup(server.address)
    for _ in range(3):
        understand(TILLEULS, names, addresses)
    assert len(server.received) == 1


@pytest.mark.parametrize("address", ["nulle part", "ftp://x", "http://", "http://127.0.0.1:1"])
def test_an_address_of_the_geocoder_without_meaning_breaks_nothing(
    names: PlaceNames, address: str
) -> None:
    """The operator's mistake: visitors still find communes."""
    answer = understand(TILLEULS, names, AddressLookup(address))
    assert isinstance(answer, FoundPlace)


def test_only_what_looks_like_an_address_is_sent(names: PlaceNames, server: FaultServer) -> None:
    """A misspelled commune or a name known here is nobody else's business."""
    for text in ("Stains", "Stainz", "Verdun", "46,58 ; 0,34", "Les Grésilles, Dijon", "93240"):
        understand(text, names, AddressLookup(server.address))
    assert server.received == []


@pytest.mark.parametrize(
    ("lon", "lat", "nearest"),
    [
        (2.35, 48.85, None),
        (-52.3, 4.9, None),
        (55.45, -20.9, None),
        (-149.56, -17.53, None),
        (-1.55, 43.48, None),
        (-6.0, 47.0, "29"),
        (-0.1276, 51.507, "62"),
        (4.35, 50.85, "59"),
        (179.9, 60.0, "975"),
    ],
)
def test_a_point_at_sea_or_abroad_is_told_from_one_in_france(
    names: PlaceNames, lon: float, lat: float, nearest: str | None
) -> None:
    """By the outlines that ship; where none is drawn (Papeete), by the communes' discs."""
    told = France.of(names).outside(Position(lon, lat))
    assert (departement_of(told.nearest.code) if told else None) == nearest


def test_the_index_holds_every_kind(names: PlaceNames) -> None:
    """Communes, QPVs, neighbourhoods, départements."""
    assert {place.kind for place in names.places} == set(Kind)
