"""A verdict as it is shown: its sentence, what it was judged on, and that it is only indicative."""

from __future__ import annotations

from dataclasses import dataclass

from geo.contours import Contours
from geo.qpv_index import QpvIndex
from geo.verdict import NOTICE, RULE, NamedQpv, Verdict
from geo.wording import sentence


@dataclass(frozen=True, slots=True)
class ShownQpv:
    """A QPV named by a verdict, with the path of its page."""

    code: str
    name: str
    distance_m: float | None

    @property
    def url(self) -> str:
        """Path of its page."""
        return f"/qpv/{self.code}"


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """A verdict for one generation. ``conflict`` is a French sentence, or None."""

    generation: int
    status: str
    sentence: str
    qpv: tuple[ShownQpv, ...]
    distance_m: float | None
    nearest: ShownQpv | None
    conflict: str | None
    edition: str
    accuracy_m: float
    checksum: str
    rule: str = RULE
    notice: str = NOTICE


def show(verdict: Verdict, contours: Contours) -> ShownVerdict:
    """The verdict with its sentence and the contours it was judged on."""
    return ShownVerdict(
        generation=verdict.generation,
        status=verdict.status.value,
        sentence=sentence(verdict),
        qpv=tuple(map(_shown, verdict.qpvs)),
        distance_m=verdict.distance_m,
        nearest=_shown(verdict.nearest) if verdict.nearest else None,
        conflict=_conflict(verdict),
        edition=contours.edition,
        accuracy_m=contours.accuracy_m,
        checksum=contours.checksum,
    )


def name_of(code: str, index: QpvIndex) -> str:
    """The name of a QPV, its code when this generation does not know it."""
    qpv = index.get(code)
    return qpv.name if qpv else code


def _shown(qpv: NamedQpv) -> ShownQpv:
    return ShownQpv(qpv.code, qpv.name, qpv.distance_m)


def _conflict(verdict: Verdict) -> str | None:
    if not verdict.conflicts:
        return None
    names = ", ".join(qpv.name for qpv in verdict.conflicts)
    return f"La fiche déclare le QPV {names}, que la position contredit : à vérifier"
