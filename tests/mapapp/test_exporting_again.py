"""An initiatives file exported whole, imported again under its source, changes nothing."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hostile import TEXTS
from sqlalchemy import Engine

from mapapp.exporting.extracts import initiatives
from mapapp.exporting.formats import writer_for
from mapapp.importing.initiatives import Wanted, preview_initiatives, publish_initiatives
from mapapp.importing.sources import SourceFacts
from mapapp.store.engine import one_instant, sessions

pytestmark = pytest.mark.both_databases

FORMULAS = ("=1+1", "+33", "-1+1", "@SUM(A1)", "'=1", "''+1", "#N/A", "_x0041_", "a;b,c|d", "007")


@pytest.fixture
def imported(live: Engine, tmp_path: Path) -> Engine:
    """A store with a source of hostile texts, in known columns and in one that is not."""
    header = (
        "identifiant nom resume adresse commune code_insee latitude longitude themes note".split()
    )
    lines = [
        [f"a{n}", f"Nom {text}", text, text, "Stains", "93072", *place, "alimentation|sante", text]
        for n, text in enumerate((*TEXTS, *FORMULAS))
        for place in [("48.95", "2.38") if n % 2 else ("", "")]
    ]
    path = tmp_path / "source.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *lines])
    with sessions(live).begin() as session:
        preview, _ = publish_initiatives(session, wanted(path), "essai")
        assert preview.plan.counts["rejected"] == 0
    return live


def wanted(path: Path) -> Wanted:
    """An import of a file under the same source."""
    return Wanted(path, "essai", SourceFacts(name="Essai", publisher="Essai"), {}, {})


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".geojson"])
def test_an_export_imported_again_changes_nothing(
    imported: Engine, tmp_path: Path, suffix: str
) -> None:
    """Every row is unchanged: hostile texts, unknown columns, places that mapapp found included."""
    target = tmp_path / f"export{suffix}"
    with one_instant(imported) as session:
        writer_for(target)(initiatives(session, "essai", whole=True), target)
    with sessions(imported)() as session:
        plan = preview_initiatives(session, wanted(target)).plan

    changed = {row.key: row.changes or row.issues for row in plan.rows if row.changes or row.issues}
    assert not changed
    assert len(plan.rows) == len(TEXTS) + len(FORMULAS)
    assert plan.absent == 0
