"""Verdicts are said as French readers read them, word for word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.verdict import NOTICE, NamedQpv, Scope, Status, Verdict
from geo.wording import metres, names, sentence

CITES = NamedQpv("QN08604M", "Trois Cités", -120.3)
AWAY = NamedQpv("QN08604M", "Trois Cités", 240.4)
FAR = NamedQpv("QN02103M", "Les Grésilles", 1_390.0)
BEAULIEU = NamedQpv("QN08602M", "Beaulieu", 12.0)

SENTENCES = [
    (
        Verdict(2024, Status.INSIDE, (CITES,), CITES),
        "Dans le QPV Trois Cités, à 120\u00a0m de la limite",
    ),
    (
        Verdict(2024, Status.INSIDE, (CITES, BEAULIEU), CITES),
        "Dans le QPV Trois Cités (et Beaulieu), à 120\u00a0m de la limite",
    ),
    (
        Verdict(2024, Status.BORDER, (CITES,), CITES),
        "À la limite du QPV Trois Cités\u00a0: à vérifier",
    ),
    (
        Verdict(2024, Status.BORDER, (CITES, BEAULIEU), CITES),
        "À la limite du QPV Trois Cités (et Beaulieu)\u00a0: à vérifier",
    ),
    (
        Verdict(2024, Status.BORDER, (CITES, BEAULIEU, FAR), CITES),
        "À la limite du QPV Trois Cités (et Beaulieu, Les Grésilles)\u00a0: à vérifier",
    ),
    (Verdict(2024, Status.NEAR, (AWAY,), AWAY), "À 240\u00a0m du QPV Trois Cités"),
    (
        Verdict(2024, Status.OUTSIDE, (), FAR),
        "Hors QPV\u00a0; le plus proche\u00a0: Les Grésilles, à 1,4\u00a0km",
    ),
    (Verdict(2024, Status.OUTSIDE), "Hors QPV"),
    (
        Verdict(2024, Status.OUTSIDE, scope=Scope.COMMUNE),
        "Hors QPV\u00a0: la commune n’en compte aucun",
    ),
    (
        Verdict(2024, Status.OUTSIDE, scope=Scope.ARRONDISSEMENT),
        "Hors QPV\u00a0: aucun dans l’arrondissement ni alentour",
    ),
    (Verdict(2024, Status.DECLARED, (CITES,)), "Dans le QPV Trois Cités selon la fiche"),
    (
        Verdict(2024, Status.DECLARED, (CITES, BEAULIEU)),
        "Dans le QPV Trois Cités (et Beaulieu) selon la fiche",
    ),
    (Verdict(2024, Status.POSSIBLE, (CITES,), CITES), "Peut-être dans le QPV Trois Cités"),
    (
        Verdict(2024, Status.POSSIBLE, (CITES, BEAULIEU), CITES),
        "Peut-être dans le QPV Trois Cités ou Beaulieu",
    ),
    (
        Verdict(2024, Status.POSSIBLE, (CITES, BEAULIEU), scope=Scope.COMMUNE),
        "Peut-être\u00a0: 2\u00a0QPV dans la commune",
    ),
    (
        Verdict(2024, Status.POSSIBLE, (CITES,), scope=Scope.ARRONDISSEMENT),
        "Peut-être\u00a0: 1\u00a0QPV dans l’arrondissement ou alentour",
    ),
    (Verdict(2024, Status.UNKNOWN), "Non localisée"),
    (
        Verdict(2015, Status.UNKNOWN, uncovered="Guyane"),
        "Contours 2015 non disponibles\u00a0: Guyane",
    ),
]


@pytest.mark.parametrize(("verdict", "said"), SENTENCES, ids=[said for _, said in SENTENCES])
def test_each_verdict_has_its_sentence(verdict: Verdict, said: str) -> None:
    """Non-breaking spaces before « : » and « ; » and before a unit, decimal comma, no full stop."""
    assert sentence(verdict) == said


@pytest.mark.parametrize("status", Status)
def test_every_status_has_been_said(status: Status) -> None:
    """The table above forgets none."""
    assert status in {verdict.status for verdict, _ in SENTENCES}


@pytest.mark.parametrize(
    ("distance_m", "said"),
    [
        (0, "0\u00a0m"),
        (0.4, "0\u00a0m"),
        (34.6, "35\u00a0m"),
        (49.4, "49\u00a0m"),
        (120.3, "120\u00a0m"),
        (-120.3, "120\u00a0m"),
        (244, "240\u00a0m"),
        (994, "990\u00a0m"),
        (995, "1\u00a0km"),
        (1_390, "1,4\u00a0km"),
        (1_960, "2\u00a0km"),
        (9_949, "9,9\u00a0km"),
        (9_951, "10\u00a0km"),
        (610_000, "610\u00a0km"),
        (16_250_000, "16\u202f250\u00a0km"),
    ],
)
def test_a_length_is_said_as_people_say_it(distance_m: float, said: str) -> None:
    """By the metre, then ten metres, then a tenth of a kilometre, then a kilometre."""
    assert metres(distance_m) == said


@given(st.floats(0, 2e7))
def test_a_length_said_is_the_length_measured(distance_m: float) -> None:
    """To half a metre under 50 m, then to 5 m, 50 m or 500 m: never to more than a tenth."""
    number, unit = metres(distance_m).split("\u00a0")
    told = float(number.replace(",", ".").replace("\u202f", ""))
    told *= {"m": 1, "km": 1000}[unit]
    assert told == pytest.approx(distance_m, rel=0.1, abs=0.5)


@given(st.floats(0, 2e7), st.floats(0, 2e7))
def test_what_is_farther_never_sounds_nearer(one: float, other: float) -> None:
    """Rounding keeps the order."""

    def told(distance_m: float) -> float:
        number, unit = metres(distance_m).split("\u00a0")
        return float(number.replace(",", ".").replace("\u202f", "")) * (1000 if unit == "km" else 1)

    near, far = sorted((one, other))
    assert told(near) <= told(far)


HOSTILE = [
    "${alert(1)}",
    "`",
    "\\",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!--",
    "{{ 7 * 7 }}",
    "%s {0} {name}",
    "javascript:alert(1)",
    "\u202egnidaer\u202c",
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("status", [s for s in Status if s is not Status.UNKNOWN])
def test_a_hostile_name_stays_the_text_it_is(status: Status, hostile: str) -> None:
    """Neither formatted, nor escaped twice, nor lost: escaping belongs to the page."""
    there = NamedQpv("QN08604M", hostile, 10.0)
    harmless = NamedQpv("QN08604M", "NOM", 10.0)
    said = sentence(Verdict(2024, status, (there, there), there))
    assert said == sentence(Verdict(2024, status, (harmless, harmless), harmless)).replace(
        "NOM", hostile
    )
    assert hostile in said


def test_names_are_told_in_their_order() -> None:
    """The first alone, the others behind it in brackets."""
    assert names((CITES,)) == "Trois Cités"
    assert names((CITES, BEAULIEU, FAR)) == "Trois Cités (et Beaulieu, Les Grésilles)"


def test_a_verdict_is_only_indicative() -> None:
    """The words that accompany it everywhere."""
    assert NOTICE == "indicatif, ne vaut pas attestation"
