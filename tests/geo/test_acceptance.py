"""When a geocoder is believed, when a person must look, when nothing is found."""

from __future__ import annotations

from typing import Any

import pytest

from geo.acceptance import Accepted, Doubtful, NotFound, Outcome, Policy, improves
from geo.addresses import read_address
from geo.candidates import PRECISIONS, Candidate
from geo.position import Position, Precision


def candidate(street: str = "Rue Carnot", number: str | None = "12", **said: Any) -> Candidate:
    """A candidate in Bondy; ``said`` replaces what it tells."""
    kind = said.pop("kind", "housenumber" if number else "street")
    usual = {"insee_code": "93010", "postcode": "93140", "city": "Bondy", "score": 0.9}
    usual |= {"number": number, "street": street, "kind": kind}
    label = f"{number or ''} {street} 93140 Bondy".strip()
    precision = PRECISIONS.get(kind, Precision.NONE)
    position = Position(2.48, 48.9, precision, 20.0)
    return Candidate(**{"position": position, "label": label, **usual, **said})


def judge(text: str, *candidates: Candidate, **how: Any) -> Outcome:
    """The outcome for an address in Bondy, unless it tells another place."""
    policy = Policy(how.pop("successors", {}))
    return policy.judge(read_address(text, **how.pop("told", {})), candidates, **how)


class TestAccepted:
    """What is believed."""

    def test_the_number_in_the_street(self) -> None:
        """With its precision and radius, and why."""
        outcome = judge("12 r. Carnot 93140 Bondy", candidate())
        assert isinstance(outcome, Accepted)
        assert outcome.position == Position(2.48, 48.9, Precision.ADDRESS, 20)
        assert outcome.reason == "numéro 12 trouvé"

    def test_the_street_where_no_number_is_written(self) -> None:
        """At the precision of a street."""
        outcome = judge("rue Carnot, 93140 Bondy", candidate(number=None))
        assert isinstance(outcome, Accepted)
        assert outcome.position.precision is Precision.STREET

    def test_a_named_place(self) -> None:
        """A lieu-dit by its name."""
        farm = candidate("La Ferme", number=None, kind="locality")
        outcome = judge("lieu-dit La Ferme 93140 Bondy", farm)
        assert isinstance(outcome, Accepted)
        assert outcome.position.precision is Precision.PLACE

    def test_a_slip_is_told(self) -> None:
        """The reason shows what was read in what was written."""
        outcome = judge("12 rue Carnott 93140 Bondy", candidate())
        assert isinstance(outcome, Accepted)
        assert "«\u00a0rue Carnott\u00a0» lu «\u00a0Rue Carnot\u00a0»" in outcome.reason

    def test_either_number_of_a_range(self) -> None:
        """And the range is told."""
        outcome = judge("10-12 rue Carnot 93140 Bondy", candidate())
        assert isinstance(outcome, Accepted)
        assert outcome.reason == "numéro 12 trouvé, l’adresse dit 10 et 12"

    @pytest.mark.parametrize(
        ("place", "said"),
        [
            ("93141 Bondy Cedex", {}),
            ("Bondy", {}),
            ("93140", {}),
            ("93140 Body", {}),
            (
                "69003 Lyon 3ème arrondissement",
                {"postcode": "69003", "insee_code": "69383", "city": "Lyon"},
            ),
            ("75020 Paris 20e", {"insee_code": "75120", "postcode": "75020", "city": "Paris"}),
            ("20000 Ajaccio", {"insee_code": "2A004", "postcode": "20000", "city": "Ajaccio"}),
            ("97150 Saint-Martin", {"insee_code": "97801", "city": "Saint-Martin"}),
        ],
    )
    def test_the_commune_by_its_name_or_postcode(self, place: str, said: dict[str, Any]) -> None:
        """A postcode of businesses, none at all, a slip that the postcode repairs, the islands."""
        assert isinstance(judge(f"12 rue Carnot, {place}", candidate(**said)), Accepted)

    def test_the_commune_that_took_a_former_one_in(self) -> None:
        """Pierrefitte has merged into Saint-Denis, and is still written by its code."""
        found = candidate(insee_code="93066", postcode="93380", city="Saint-Denis")
        told = {"insee_code": "93059"}
        text = "12 rue Carnot, 93380 Pierrefitte"
        outcome = judge(text, found, told=told, successors={"93059": "93066"})
        assert isinstance(outcome, Accepted)

    def test_an_arrondissement_of_the_city(self) -> None:
        """Files say Paris, geocoders its arrondissements."""
        found = candidate(insee_code="75120", postcode="75020", city="Paris")
        told = {"insee_code": "75056"}
        assert isinstance(judge("12 rue Carnot, Paris", found, told=told), Accepted)


class TestDoubtful:
    """What a person decides, and the sentence before them."""

    @pytest.mark.parametrize(
        ("text", "found", "doubt"),
        [
            (
                "12 bis rue Carnot 93140 Bondy",
                candidate(number=None),
                "le numéro 12 bis n’a pas été trouvé\u00a0: la rue seule",
            ),
            ("12 bis rue Carnot 93140 Bondy", candidate(), "le 12 à la place"),
            ("rue Carnot 93140 Bondy", candidate(), "ne dit pas de numéro"),
            ("12 villa Carnot 93140 Bondy", candidate(), "le nom de la voie diffère"),
            ("12 rue Carnot 55100 Verdun", candidate(), "la réponse est à Bondy"),
            ("12 rue Carnot 09140 Bondy", candidate(), "département"),
            ("12 rue Carnot 93200", candidate(), "autre code postal"),
            ("12 rue Carnot", candidate(), "ne dit pas sa commune"),
            ("12 rue Carnot, Body", candidate(), "«\u00a0Body\u00a0»"),
            ("12 rue Carnot, 93140 Bondy-en-Val", candidate(), "Bondy-en-Val"),
            ("12 rue Carnot, Bondy", candidate(city=None, insee_code=None), "la réponse est à"),
            ("12 rue Carnot 93140 Bondy", candidate(kind="volcano"), "type inconnu"),
        ],
    )
    def test_the_doubt_is_told(self, text: str, found: Candidate, doubt: str) -> None:
        """In French, with the candidate."""
        outcome = judge(text, found)
        assert isinstance(outcome, Doubtful)
        assert doubt in outcome.reason
        assert outcome.candidates == (found,)

    def test_two_streets_as_near(self) -> None:
        """« 12 Carnot » may be in the street or in the villa."""
        outcome = judge("12 Carnot, 93140 Bondy", candidate(), candidate("Villa Carnot", None))
        assert isinstance(outcome, Doubtful)
        assert "deux voies se ressemblent" in outcome.reason
        assert len(outcome.candidates) == 2

    def test_one_name_in_two_communes(self) -> None:
        """A postcode with several communes does not choose between their streets."""
        other = candidate(insee_code="93011", city="Les Pavillons")
        outcome = judge("12 rue Carnot, 93140", candidate(), other)
        assert isinstance(outcome, Doubtful)
        assert "(Les Pavillons)" in outcome.reason

    def test_an_exact_name_has_no_rival(self) -> None:
        """The very name wins over one that resembles it."""
        outcome = judge("12 rue Carnot, 93140 Bondy", candidate(), candidate("Rue Carnat"))
        assert isinstance(outcome, Accepted)

    def test_without_the_rivals_only_the_very_name_is_believed(self) -> None:
        """A batch gives the best candidate alone."""
        slip, name = "12 rue Carnott, 93140 Bondy", "12 rue Carnot, 93140 Bondy"
        assert isinstance(judge(slip, candidate(), rivals_known=False), Doubtful)
        assert isinstance(judge(name, candidate(), rivals_known=False), Accepted)

    def test_a_batch_that_hides_an_equal_is_not_believed(self) -> None:
        """The score of the second candidate is all that a batch tells of it."""
        text, equal = "12 rue Carnot, 93140 Bondy", candidate(score=0.9, next_score=0.89)
        assert isinstance(judge(text, equal, rivals_known=False), Doubtful)
        assert isinstance(judge(text, equal), Accepted)

    def test_one_address_at_two_places(self) -> None:
        """The BAN has some addresses twice; a person knows which point is right."""
        far = candidate("R Carnot", position=Position(2.49, 48.9, Precision.ADDRESS, 20.0))
        outcome = judge("12 rue Carnot, 93140 Bondy", candidate(), far)
        assert isinstance(outcome, Doubtful)
        assert "deux points pour une adresse" in outcome.reason
        near = candidate("R Carnot", position=Position(2.4801, 48.9, Precision.ADDRESS, 20.0))
        assert isinstance(judge("12 rue Carnot, 93140 Bondy", candidate(), near), Accepted)

    def test_two_arrondissements_are_two_places(self) -> None:
        """The 19th is not the 20th."""
        found = candidate(insee_code="75119", postcode="75019", city="Paris")
        assert isinstance(judge("12 rue Carnot", found, told={"insee_code": "75120"}), Doubtful)


class TestNotFound:
    """What resembles nothing."""

    def test_nonsense_is_refused(self) -> None:
        """A server has a hit for any text, at a score of 0.18."""
        hit = candidate("Rue de Rivoli", score=0.18)
        outcome = judge("rue inexistante zzz 93140 Bondy", hit)
        assert isinstance(outcome, NotFound)
        assert "ne ressemble" in outcome.reason

    def test_a_low_score_is_refused_whatever_it_says(self) -> None:
        """Even with the very name."""
        assert isinstance(judge("12 rue Carnot 93140 Bondy", candidate(score=0.18)), NotFound)

    def test_nothing_at_all(self) -> None:
        """The sentence shows what was asked."""
        outcome = judge("12 rue Carnot 93140 Bondy")
        assert isinstance(outcome, NotFound)
        assert "12 rue Carnot 93140 Bondy" in outcome.reason

    def test_the_commune_alone_is_no_street(self) -> None:
        """A municipality is no answer to an address."""
        town = candidate("Bondy", None, kind="municipality")
        assert isinstance(judge("12 rue Zzz 93140 Bondy", town), NotFound)


def at(precision: Precision, radius_m: float) -> Position:
    """A position somewhere."""
    return Position(2.0, 48.0, precision, radius_m)


@pytest.mark.parametrize(
    ("stored", "found", "better"),
    [
        (None, at(Precision.COMMUNE, 900), True),
        (at(Precision.COMMUNE, 900), at(Precision.ADDRESS, 20), True),
        (at(Precision.ADDRESS, 20), at(Precision.STREET, 200), False),
        (at(Precision.ADDRESS, 20), at(Precision.ADDRESS, 20), True),
        (at(Precision.STREET, 100), at(Precision.STREET, 200), False),
        (at(Precision.POINT, 0), at(Precision.ADDRESS, 20), False),
    ],
)
def test_a_worse_position_never_replaces_the_stored_one(
    stored: Position | None, found: Position, better: bool
) -> None:
    """Less precise, or as precise with a larger radius."""
    assert improves(stored, found) is better
