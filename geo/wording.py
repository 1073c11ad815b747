"""Distances and verdicts said in French, one sentence each."""

from __future__ import annotations

from geo.verdict import NamedQpv, Scope, Status, Verdict

NBSP = "\u00a0"


def metres(distance_m: float) -> str:
    """A length as people say it: « 35 m », « 240 m », « 1,4 km », « 610 km »."""
    length = abs(distance_m)
    if length < 50:
        return f"{length:.0f}{NBSP}m"
    if length < 995:
        return f"{round(length, -1):.0f}{NBSP}m"
    if length < 9_950:
        return f"{round(length / 1000, 1):g}{NBSP}km".replace(".", ",")
    return f"{length / 1000:,.0f}{NBSP}km".replace(",", "\u202f")


def names(qpvs: tuple[NamedQpv, ...]) -> str:
    """« X », or « X (et Y, Z) »."""
    first, *others = (qpv.name for qpv in qpvs)
    return f"{first} (et {', '.join(others)})" if others else first


def sentence(verdict: Verdict) -> str:
    """What the verdict says, in one French sentence without its final full stop."""
    return _SENTENCES[verdict.status](verdict)


def _inside(verdict: Verdict) -> str:
    return f"Dans le QPV {names(verdict.qpvs)}, à {metres(verdict.distance_m or 0)} de la limite"


def _border(verdict: Verdict) -> str:
    return f"À la limite du QPV {names(verdict.qpvs)}{NBSP}: à vérifier"


def _near(verdict: Verdict) -> str:
    return f"À {metres(verdict.distance_m or 0)} du QPV {names(verdict.qpvs)}"


def _outside(verdict: Verdict) -> str:
    if verdict.scope is Scope.COMMUNE:
        return f"Hors QPV{NBSP}: la commune n’en compte aucun"
    if verdict.scope is Scope.ARRONDISSEMENT:
        return f"Hors QPV{NBSP}: aucun dans l’arrondissement ni alentour"
    if verdict.nearest is None:
        return "Hors QPV"
    distance = metres(verdict.nearest.distance_m or 0)
    return f"Hors QPV{NBSP}; le plus proche{NBSP}: {verdict.nearest.name}, à {distance}"


def _declared(verdict: Verdict) -> str:
    return f"Dans le QPV {names(verdict.qpvs)} selon la fiche"


def _possible(verdict: Verdict) -> str:
    if verdict.scope is Scope.COMMUNE:
        return f"Peut-être{NBSP}: {len(verdict.qpvs)}{NBSP}QPV dans la commune"
    if verdict.scope is Scope.ARRONDISSEMENT:
        return f"Peut-être{NBSP}: {len(verdict.qpvs)}{NBSP}QPV dans l’arrondissement ou alentour"
    return f"Peut-être dans le QPV {' ou '.join(qpv.name for qpv in verdict.qpvs)}"


def _unknown(verdict: Verdict) -> str:
    if verdict.uncovered:
        return f"Contours {verdict.generation} non disponibles{NBSP}: {verdict.uncovered}"
    return "Non localisée"


_SENTENCES = {
    Status.INSIDE: _inside,
    Status.BORDER: _border,
    Status.NEAR: _near,
    Status.OUTSIDE: _outside,
    Status.DECLARED: _declared,
    Status.POSSIBLE: _possible,
    Status.UNKNOWN: _unknown,
}
