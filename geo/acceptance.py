"""When a geocoder is believed: the one place that decides, and the reasons why.

A candidate becomes a position when everything that the address tells agrees with it: the commune,
the name of the street as people write it, the house number, and when nothing else is as near.
Else a person decides, with the candidates before them. A score alone decides nothing: the server
gives some place for any text, a wrong street may score 0.9 and a right one, abbreviated, 0.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from geo.addresses import Written, house_number
from geo.candidates import Candidate
from geo.communes import departement_of, same_commune
from geo.distance import distance_m
from geo.names import name_key, typographic
from geo.position import Position, Precision
from geo.street_names import distance, same_word, street_name

#: Below, a candidate says nothing: a text without sense gets 0.18 from a real server, and the
#: worst right answer among 8,413 badly written real addresses got 0.47 (docs/geocodage.md).
LEAST_SCORE = 0.4

#: What may be forgiven in the name of a street, in mistyped letters (geo/street_names.py): two
#: slips, or two words left out. A word too many costs more: it is the name of another street.
MOST_APART = 2.0

#: How much nearer than any other street the best one must be: one slip. « rue du ben air » lies
#: as near to « Bel-Air » as to « Bon-Air »: nobody can tell.
LEAD = 0.75

#: The same, in the server's scores, for the second candidate that a batch does not show: in Bondy,
#: two of one name are up to 0.1 apart, and the next name more than 0.3 behind.
NEXT_SCORE_LEAD = 0.15

#: « Paris 20e », « Lyon 3ème arrondissement ».
_ARRONDISSEMENT = re.compile(r"\s+\d{1,2}\s?(?:er|e|[èe]me)?(?:\s+arr\w*\.?)?$", re.IGNORECASE)

#: How precise each precision is, the best first: what replaces what.
_ORDER = list(Precision)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The position, what it stands for (``label``), and why it is believed (French)."""

    position: Position
    label: str
    reason: str
    candidate: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Places that the address may mean, the nearest to what is written first, and the doubt."""

    candidates: tuple[Candidate, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """Nothing resembles the address; the reason (French) says what was looked for."""

    reason: str


Outcome = Accepted | Doubtful | NotFound


@dataclass(frozen=True, slots=True)
class _Fit:
    """A candidate beside the address: how far its name is, and what speaks against it."""

    candidate: Candidate
    apart: float
    commune_doubt: str = ""
    kind_doubt: str = ""

    @property
    def order(self) -> tuple[bool, float, bool, float]:
        """The best first."""
        return bool(self.commune_doubt), self.apart, bool(self.kind_doubt), -self.candidate.score

    @property
    def street(self) -> tuple[object, str | None]:
        """The same for the numbers of one street."""
        return street_name(self.candidate.street or ""), self.candidate.insee_code


@dataclass(frozen=True, slots=True)
class Policy:
    """Judges candidates; ``successors`` maps former communes to present ones (INSEE codes)."""

    successors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def judge(
        self, written: Written, candidates: Iterable[Candidate], *, rivals_known: bool = True
    ) -> Outcome:
        """What the candidates are worth for an address.

        Args:
            written: what the address tells.
            candidates: of one server, from one or several questions.
            rivals_known: whether the server was asked for more than its best candidate; when
                not, only the very name that is written is believed.
        """
        seen = list({(c.label, c.insee_code, c.position): c for c in candidates}.values())
        fits = sorted(
            (self._fit(written, each) for each in seen if each.score >= LEAST_SCORE),
            key=lambda fit: fit.order,
        )
        near = [fit for fit in fits if fit.apart <= MOST_APART]
        if not near:
            return _nothing(written, seen, fits)
        best = near[0]
        doubt = best.commune_doubt or _rivalry(best, near, rivals_known) or best.kind_doubt
        if doubt:
            return Doubtful(tuple(fit.candidate for fit in near), doubt)
        return Accepted(
            best.candidate.position, best.candidate.label, _why(written, best), best.candidate
        )

    def _fit(self, written: Written, candidate: Candidate) -> _Fit:
        asked = _street_alone(written, candidate)
        apart = distance(asked, candidate.street or candidate.label)
        return _Fit(
            candidate,
            apart,
            _commune_doubt(written, candidate, self.successors),
            _kind_doubt(written, candidate),
        )


def improves(stored: Position | None, found: Position) -> bool:
    """Whether a new position may replace the stored one: never a worse one.

    The more precise wins; at the same precision the newest does, unless its radius is larger.
    """
    if stored is None:
        return True
    ranks = _ORDER.index(found.precision), _ORDER.index(stored.precision)
    return ranks[0] < ranks[1] or (ranks[0] == ranks[1] and found.radius_m <= stored.radius_m)


def _street_alone(written: Written, candidate: Candidate) -> str:
    """The street as written, less the commune at its end when that is where it stands."""
    city = name_key(candidate.city or "")
    words = name_key(written.street)
    if written.commune or not city or words[-len(city) :] != city or len(words) == len(city):
        return written.street
    return " ".join(written.street.replace("-", " ").split()[: -len(city)])


def _commune_doubt(written: Written, candidate: Candidate, successors: Mapping[str, str]) -> str:
    """Why the candidate may not be in the commune that is written; empty when it is."""
    there = typographic(candidate.city or candidate.label)
    if written.insee_code and candidate.insee_code:
        if same_commune(written.insee_code, candidate.insee_code, successors):
            return ""
        return f"la réponse est à {there}, pas dans la commune de l’adresse"
    if written.commune:
        return _named_commune_doubt(written, candidate, there)
    if written.postcode:
        same = written.postcode == candidate.postcode
        return "" if same else f"la réponse est à {there}, sous un autre code postal"
    told = _street_alone(written, candidate) != written.street
    return "" if told else "l’adresse ne dit pas sa commune"


def _named_commune_doubt(written: Written, candidate: Candidate, there: str) -> str:
    asked = name_key(_ARRONDISSEMENT.sub("", written.commune))
    name = name_key(_ARRONDISSEMENT.sub("", candidate.city or ""))
    posted = written.postcode == candidate.postcode
    if name and asked == name:
        there_code = candidate.insee_code or candidate.postcode
        far = written.postcode and _departement(written.postcode) != _departement(there_code or "")
        return f"{there} n’est pas dans le département du code postal" if far else ""
    # A name mistyped may be another commune: the postcode must say that it is this one.
    if posted and len(asked) == len(name) and all(map(same_word, asked, name)):
        return ""
    return f"la réponse est à {there}, l’adresse dit « {written.commune} »"


def _departement(code: str) -> str:
    """What a postcode and an INSEE code of one département have in common.

    The two of Corsica share a postcode prefix, as Saint-Martin and Saint-Barthélemy share
    Guadeloupe's.
    """
    departement = departement_of(code)
    return {"2A": "20", "2B": "20", "977": "971", "978": "971"}.get(departement, departement)


def _kind_doubt(written: Written, candidate: Candidate) -> str:
    """Why the candidate is not what the address asks for: a number, a street."""
    if candidate.kind == "housenumber":
        return _number_doubt(written, candidate)
    if candidate.kind == "municipality":
        return "la voie n’a pas été trouvée : la commune seule"
    if candidate.kind not in ("street", "locality"):
        return f"réponse d’un type inconnu (« {candidate.kind} »)"
    if not written.numbers:
        return ""
    what = "la rue seule" if candidate.kind == "street" else "le lieu-dit seul"
    return f"le numéro {written.numbers[0]} n’a pas été trouvé : {what}"


def _number_doubt(written: Written, candidate: Candidate) -> str:
    found = house_number(candidate.number or "")
    if not written.numbers:
        return f"l’adresse ne dit pas de numéro, la réponse est au {found}"
    if found in written.numbers:
        return ""
    return f"le numéro {written.numbers[0]} n’a pas été trouvé : le {found} à la place"


def _rivalry(best: _Fit, near: Sequence[_Fit], rivals_known: bool) -> str:
    """Why the best candidate may not be the one that is meant; empty when nothing else is."""
    name = best.candidate.street or best.candidate.label
    if not rivals_known:
        if best.candidate.score - best.candidate.next_score < NEXT_SCORE_LEAD:
            return f"une autre réponse vaut presque « {best.candidate.label} »"
        return f"le nom de la voie diffère : « {name} »" if best.apart else ""
    for fit in near[1:]:
        if not fit.commune_doubt and fit.apart < best.apart + LEAD:
            other = fit.candidate
            if fit.street != best.street:
                where = "" if other.city == best.candidate.city else f" ({other.city})"
                resembling = f"« {name} » et « {other.street or other.label} »{where}"
                return f"deux voies se ressemblent : {resembling}"
            if _elsewhere(best.candidate, other):
                return f"deux points pour une adresse : « {other.label} » est ailleurs"
    return ""


def _elsewhere(candidate: Candidate, other: Candidate) -> bool:
    """Whether a server has one address at two places that their radii do not explain."""
    here, there = candidate.position, other.position
    same = (candidate.kind, candidate.number) == (other.kind, other.number)
    return same and distance_m(here, there) > here.radius_m + there.radius_m


def _nothing(written: Written, seen: Sequence[Candidate], fits: Sequence[_Fit]) -> Outcome:
    asked = typographic(written.text.strip())
    if not seen:
        return NotFound(f"le géocodeur ne connaît rien de tel : « {asked} »")
    nearby = tuple(
        f.candidate for f in fits if not f.commune_doubt and f.candidate.kind != "municipality"
    )
    if not nearby:
        return NotFound(f"aucune réponse du géocodeur ne ressemble à « {asked} »")
    name = nearby[0].street or nearby[0].label
    return Doubtful(nearby, f"le nom de la voie diffère : « {name} » pour « {written.street} »")


def _why(written: Written, best: _Fit) -> str:
    candidate = best.candidate
    told = {
        Precision.ADDRESS: f"numéro {candidate.number} trouvé",
        Precision.STREET: "rue trouvée, l’adresse ne dit pas de numéro",
        Precision.PLACE: "lieu-dit trouvé",
    }[candidate.position.precision]
    if len(written.numbers) > 1 and candidate.kind == "housenumber":
        told += f", l’adresse dit {' et '.join(written.numbers)}"
    if best.apart:
        told += f" ; « {written.street} » lu « {candidate.street} »"
    return told
