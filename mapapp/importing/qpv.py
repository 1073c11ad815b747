"""``mapapp import qpv``: the official perimeters of one generation, taken as published.

A plan is made first, and shows what would change; publishing it replaces the contours of the
generation and judges every initiative again, in the caller's one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from geo.contours import Contours, Qpv, Territory
from geo.overlap import moved_share
from geo.qpv_index import QpvIndex
from mapapp.coverage import reckon_coverage
from mapapp.errors import DataFault
from mapapp.importing.contours_in_force import contours_kept, put_back, replace_contours
from mapapp.importing.perimeters import Inspection, common_shift, refuse_fewer, with_communes
from mapapp.importing.publishing import mark_change
from mapapp.importing.verdict_changes import changes, verdicts_of
from mapapp.judging import judge_all
from mapapp.packing.commune_names import CommuneNames
from mapapp.packing.qpv import Edition, Watch, gather
from mapapp.packing.reading import sha256_of
from mapapp.store import territory as ter
from mapapp.store.contours import generations, load_contours
from mapapp.store.engine import take_the_pen
from mapapp.store.runs import Run, RunChange
from mapapp.tables.reading import Issue

#: The share of its ground from which a QPV is told as changed: asked for by those who follow the
#: decrees. Contours generalised to 5 m move by about as much, so the first official file that
#: replaces those that ship tells many.
CHANGED = 0.01


@dataclass(frozen=True, slots=True)
class QpvPlan:
    """What importing would do. ``against`` is the checksum of the contours it was compared with.

    ``changed`` are the codes of which more than 1 % of the ground moved; ``repaired`` those whose
    published geometry was invalid.
    """

    contours: Contours
    file_name: str
    against: str
    appeared: tuple[str, ...]
    disappeared: tuple[str, ...]
    changed: tuple[str, ...]
    repaired: tuple[str, ...]
    issues: tuple[Issue, ...]

    @property
    def uncovered(self) -> tuple[Territory, ...]:
        """Overseas territories of this generation of which the files have no QPV."""
        return self.contours.uncovered

    @property
    def counts(self) -> dict[str, int]:
        """How many QPVs in all, and of each kind."""
        return {
            "qpv": len(self.contours.qpvs),
            "appeared": len(self.appeared),
            "disappeared": len(self.disappeared),
            "changed": len(self.changed),
            "repaired": len(self.repaired),
        }


def plan_qpv(
    session: Session,
    paths: Sequence[Path],
    generation: int,
    edition: str,
    accuracy_m: float,
    allow_shrink: bool = False,
    watch: Watch = iter,
) -> QpvPlan:
    """Read the official files of a generation and compare them with the contours in force.

    Args:
        session: of the store; nothing is written.
        paths: files of one generation (metropolitan France, an island…).
        generation: 2015 or 2024.
        edition: what the files are, in words.
        accuracy_m: how far (metres) the published boundaries may be from the true ones.
        allow_shrink: accept fewer QPVs than are in force.
        watch: sees the objects go by (a progress bar).

    Raises:
        DataFault: a file cannot be used; the message says why and what to do.
        NotReady: the store has no contours yet.
    """
    held = load_contours(session, generation)
    inspection = Inspection(generation)
    told = Edition(generation, edition, accuracy_m)
    contours, issues = gather(
        paths, told, _commune_names(session), displacement_m=0, watch=watch, check=inspection.look
    )
    if not allow_shrink:
        refuse_fewer(held, contours)
    contours = replace(
        contours, checksum=_checksum(paths), qpvs=tuple(with_communes(contours, held))
    )
    return _plan(held, contours, inspection, issues, ", ".join(path.name for path in paths))


def publish_qpv(session: Session, plan: QpvPlan, author: str) -> Run:
    """Put the contours of a plan in force, judge again, and keep the run; the caller commits.

    Raises:
        DataFault: the contours in force are no longer those that the plan was made against.
    """
    take_the_pen(session)
    generation = plan.contours.generation
    kept = contours_kept(session, generation)
    if kept["contours"]["checksum"] != plan.against:
        raise DataFault(
            f"Les contours {generation} ont changé depuis cet aperçu : rien n’est écrit, "
            "relancez l’import."
        )
    before = verdicts_of(session, generation)
    run = _new_run(session, plan, author)
    replace_contours(session, plan.contours, run.id)
    _judge_again(session)
    moved = list(changes(before, verdicts_of(session, generation), generation))
    run.counts = plan.counts | {"verdicts_changed": len(moved)}
    run.issues = [asdict(issue) for issue in (*plan.issues, *moved)]
    after = {"checksum": plan.contours.checksum}
    run.changes = [RunChange(rank=0, key=f"contours:{generation}", before=kept, after=after)]
    session.flush()
    mark_change(session, f"run {run.id} {run.checksum}")
    return run


def restore_contours(session: Session, generation: int, before: Mapping[str, Any]) -> None:
    """Put back the contours that a run replaced (the ``before`` of its change), and judge again.

    The caller commits, and gives the data another version.

    Raises:
        DataFault: these are not contours of the generation, or a commune of theirs is gone.
    """
    if (before.get("contours") or {}).get("generation") != generation:
        raise DataFault(f"Cette publication n’a pas gardé de contours {generation}.")
    put_back(session, before)
    _judge_again(session)


def _plan(
    held: Contours, contours: Contours, inspection: Inspection, issues: list[Issue], name: str
) -> QpvPlan:
    before, after = _by_code(held), _by_code(contours)
    stayed = [code for code in before if code in after]
    pairs = [(before[code].geometry, after[code].geometry) for code in stayed]
    moved = [code for code, pair in zip(stayed, pairs, strict=True) if moved_share(*pair) > CHANGED]
    shift = [Issue(name, None, None, None, told)] if (told := common_shift(pairs)) else []
    return QpvPlan(
        contours=contours,
        file_name=name,
        against=held.checksum,
        appeared=tuple(code for code in after if code not in before),
        disappeared=tuple(code for code in before if code not in after),
        changed=tuple(moved),
        repaired=tuple(inspection.repaired),
        issues=(*shift, *issues, *inspection.issues),
    )


def _by_code(contours: Contours) -> dict[str, Qpv]:
    return {qpv.code: qpv for qpv in contours.qpvs}


def _checksum(paths: Sequence[Path]) -> str:
    """sha256 of the file; of the fingerprints in order, when there are several."""
    sums = [sha256_of(path) for path in paths]
    return sums[0] if len(sums) == 1 else hashlib.sha256(" ".join(sums).encode()).hexdigest()


def _commune_names(session: Session) -> CommuneNames:
    """The communes of the store under the names of the official tables."""
    commune, former = ter.Commune, ter.FormerCommune
    communes = select(
        commune.insee_code.label("code_insee"),
        commune.name.label("nom"),
        commune.lon.label("longitude"),
        commune.lat.label("latitude"),
        commune.radius_m.label("rayon_m"),
    )
    gone = select(
        former.insee_code.label("code_insee"),
        former.name.label("nom"),
        former.current_code.label("devient"),
    )
    return CommuneNames(_dicts(session, communes), _dicts(session, gone))


def _dicts(session: Session, rows: Select[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(row) for row in session.execute(rows).mappings()]


def _new_run(session: Session, plan: QpvPlan, author: str) -> Run:
    run = Run(
        kind="qpv",
        generation=plan.contours.generation,
        author=author,
        published_at=datetime.now(UTC).isoformat(timespec="seconds"),
        file_name=plan.file_name,
        checksum=plan.contours.checksum,
        state="published",
        counts={},
        issues=[],
    )
    session.add(run)
    session.flush()
    return run


def _judge_again(session: Session) -> None:
    newest_first = sorted(generations(session), reverse=True)
    judge_all(session, [QpvIndex(load_contours(session, g)) for g in newest_first])
    reckon_coverage(session)
