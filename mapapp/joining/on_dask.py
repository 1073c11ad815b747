"""Parts made by the workers of a Dask cluster: the same parts, with the same bytes.

The plan (contours, gazetteer, what is wanted) goes to each worker once, as a plugin; workers that
join later get it too. Parts are named, not sent: the table and the folder of the result are on a
disk that all see. A few parts for each thread are under way, never all of them.
"""

from __future__ import annotations

import os
import pkgutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import cast

from distributed import Client, KilledWorker, Worker, WorkerPlugin, as_completed, get_worker

from mapapp.errors import AppError
from mapapp.joining.parts import Parts
from mapapp.joining.work import VERSIONS, Made, Part, Plan, Workshop

_PLUGIN = "mapapp-join"

#: Parts that wait for each thread of a worker.
_WAITING = 2

#: How long a scheduler may take to answer: one that is there does at once.
_PATIENCE = "15s"


#: Where a worker finds what :data:`mapapp.joining.work.VERSIONS` is there.
_TOLD = "mapapp.joining.work:VERSIONS"


class Cluster(AppError):
    """The cluster cannot do the work; the sentence says why and what to do."""


def make_on_dask(scheduler: str, todo: Iterable[Part], plan: Plan, parts: Parts) -> Iterator[Made]:
    """Make the parts, each told as soon as it is done.

    Raises:
        Cluster: no scheduler, no worker, or one that would not make the same parts.
    """
    with _connected(scheduler) as client:
        threads = _checked(client, parts.folder)
        client.register_plugin(_Maker(plan, parts), _PLUGIN)
        try:
            yield from _made(client, iter(todo), threads * (1 + _WAITING))
        except KilledWorker as error:
            raise Cluster(
                "Un ouvrier de la grappe s’est arrêté plusieurs fois sur la même partie, faute de "
                "mémoire peut-être. La même commande reprendra où elle en était."
            ) from error
        finally:
            client.unregister_worker_plugin(_PLUGIN)


class _Maker(WorkerPlugin):
    """Makes parts on a worker; its indexes are opened by the first."""

    name = _PLUGIN

    def __init__(self, plan: Plan, parts: Parts) -> None:
        self._plan, self._parts = plan, parts

    def setup(self, worker: Worker) -> None:
        """Called once on each worker: indexes are kept where all see them, else on its machine."""
        if not self._plan.folder.is_dir():
            self._plan = replace(self._plan, folder=Path(worker.local_directory).parent / "mapapp")
        self._lock = threading.Lock()
        self._workshop: Workshop | None = None

    def make(self, part: Part) -> Made:
        """Make a part, in a thread of the worker."""
        with self._lock:
            self._workshop = self._workshop or Workshop.of(self._plan, self._parts)
        return self._workshop.make(part)


def _make(part: Part) -> Made:
    maker = cast(_Maker, get_worker().plugins[_PLUGIN])
    return maker.make(part)


def _made(client: Client, todo: Iterator[Part], at_once: int) -> Iterator[Made]:
    """The parts as they are done; each lets another begin."""
    pending = as_completed(
        [client.submit(_make, part, pure=False) for part in islice(todo, at_once)],
        loop=client.loop,
    )
    for future in pending:
        yield future.result()
        for part in islice(todo, 1):
            pending.add(client.submit(_make, part, pure=False))


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    try:
        client = Client(scheduler, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Cluster(
            f"L’ordonnanceur Dask {scheduler} ne répond pas : vérifiez son adresse "
            "(tcp://machine:8786) et qu’il est lancé."
        ) from error
    with client:
        yield client


def _checked(client: Client, folder: Path) -> int:
    """How many threads the workers have.

    Raises:
        Cluster: there is none, or one that would not make the same parts.
    """
    # Functions of Python's own library: a worker that lacks ours can still run them.
    told = client.run(pkgutil.resolve_name, _TOLD, on_error="return")
    if not told:
        raise Cluster("La grappe n’a aucun ouvrier : lancez « dask worker » sur ses machines.")
    for worker, theirs in told.items():
        if isinstance(theirs, Exception):
            raise Cluster(
                f"L’ouvrier {worker} n’a pas mapapp, ou pas son extra : "
                "installez-y « mapapp[dask] », à la même version qu’ici."
            )
        if theirs != VERSIONS:
            names = [name for name in VERSIONS if theirs.get(name) != VERSIONS[name]]
            theirs_said = ", ".join(f"{name} {theirs.get(name)}" for name in names)
            ours_said = ", ".join(f"{name} {VERSIONS[name]}" for name in names)
            raise Cluster(
                f"L’ouvrier {worker} a {theirs_said} ; ici {ours_said} : "
                "installez les mêmes versions partout, pour un même résultat."
            )
    for worker, sees in client.run(os.path.isdir, str(folder.resolve())).items():
        if not sees:
            raise Cluster(
                f"L’ouvrier {worker} ne voit pas le dossier {folder.parent} : "
                "le fichier et son résultat doivent être sur un disque commun, au même chemin."
            )
    return sum(client.nthreads().values())
