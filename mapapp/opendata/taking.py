"""A snapshot taken: every dataset in every form, at one instant of the store, whole or not at all.

The same data give the same bytes, so nothing is kept twice: without a change there is no snapshot.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mapapp.memory import Memory
from mapapp.opendata.changes import FILE as CHANGES
from mapapp.opendata.changes import compare, write_changes
from mapapp.opendata.datasets import DATASETS, FORMS, Dataset, Instant, available
from mapapp.opendata.snapshots import (
    MANIFEST,
    KeptFile,
    Snapshot,
    mapapp_version,
    names,
    newest,
)
from mapapp.queries.addresses import changed_on
from mapapp.queries.facts import all_contours, all_sources
from mapapp.store.drafts import drafted_folder
from mapapp.store.engine import one_instant

LICENCE = "Licence Ouverte 2.0"

#: Told the name of each file before it is written.
Watch = Callable[[str], object]


class _NothingNew(Exception):
    """The last snapshot holds the same files."""


def take_snapshot(
    engine: Engine,
    folder: Path,
    absolute: Callable[[str], str],
    today: date | None = None,
    watch: Watch = str,
) -> Snapshot | None:
    """Write a snapshot into ``folder`` under the day's name; None when nothing changed since.

    Raises:
        NotReady: the store is empty.
        DataFault: a form cannot hold the data.
        OSError: the disk refuses.
    """
    former = newest(folder)
    with one_instant(engine) as session:
        instant = Instant(session, Memory(), absolute)
        if former and is_of(former, instant.memory.version(session)):
            return None
        name = _free_name(folder, today or date.today())
        try:
            with drafted_folder(folder / name) as draft:
                return _filled(draft, name, instant, former, watch)
        except _NothingNew:
            return None


def is_of(snapshot: Snapshot, data_version: str) -> bool:
    """Whether its files are what this installation would write of that version of the data."""
    lacking = {form for form in FORMS if not available(form)}
    could = set(snapshot.missing) == lacking
    return snapshot.data_version == data_version and snapshot.made_by == mapapp_version() and could


def file_names() -> list[tuple[Dataset, str, str]]:
    """Dataset, form and name of every file that this installation can write."""
    return [
        (dataset, form, f"{dataset.name}.{form}")
        for dataset in DATASETS
        for form in dataset.forms
        if available(form)
    ]


def _filled(
    draft: Path,
    name: str,
    instant: Instant,
    former: Snapshot | None,
    watch: Watch,
) -> Snapshot:
    files = list(_written(draft, instant, watch))
    if former and {file.sha256 for file in files} == _checksums(former):
        raise _NothingNew
    changes = {}
    if former:
        changed = compare(draft.parent / former.name, draft)
        changes = write_changes(changed, draft / CHANGES)
        lines = sum(sum(counts.values()) for counts in changes.values())
        files.append(_kept(draft / CHANGES, "", "csv", lines))
    snapshot = _told(name, instant, files, former, changes)
    (draft / MANIFEST).write_text(snapshot.as_json(), encoding="utf-8")
    return snapshot


def _checksums(snapshot: Snapshot) -> set[str]:
    return {file.sha256 for file in snapshot.files if file.dataset}


def _written(draft: Path, instant: Instant, watch: Watch) -> Iterator[KeptFile]:
    for dataset, form, name in file_names():
        watch(name)
        lines = dataset.write(instant, form, draft / name)
        yield _kept(draft / name, dataset.name, form, lines)


def _kept(path: Path, dataset: str, form: str, lines: int) -> KeptFile:
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    media_type = FORMS[form][1]
    return KeptFile(path.name, dataset, form, media_type, lines, path.stat().st_size, checksum)


def _told(
    name: str,
    instant: Instant,
    files: list[KeptFile],
    former: Snapshot | None,
    changes: dict[str, dict[str, int]],
) -> Snapshot:
    session = instant.session
    return Snapshot(
        name=name,
        data_version=instant.memory.version(session),
        day=changed_on(session),
        made_by=mapapp_version(),
        licence=LICENCE,
        sources=tuple(_sources(session)),
        contours=tuple(_contours(session)),
        files=tuple(files),
        missing={form: "l’extra gis manquait" for form in FORMS if not available(form)},
        previous=former.name if former else None,
        changes=changes,
    )


def _sources(session: Session) -> Iterator[dict[str, object]]:
    for source, count in all_sources(session):
        yield {
            "id": source.id,
            "nom": source.name,
            "editeur": source.publisher,
            "licence": source.licence,
            "adresse": source.url,
            "date": source.date,
            "initiatives": count,
        }


def _contours(session: Session) -> Iterator[dict[str, object]]:
    for contours in all_contours(session):
        yield {
            "generation": contours.generation,
            "edition": contours.edition,
            "producteur": contours.producer,
            "exactitude_m": contours.accuracy_m,
            "sha256": contours.checksum,
        }


def _free_name(folder: Path, day: date) -> str:
    taken = set(names(folder))
    if day.isoformat() not in taken:
        return day.isoformat()
    number = 2
    while f"{day.isoformat()}-{number}" in taken:
        number += 1
    return f"{day.isoformat()}-{number}"
