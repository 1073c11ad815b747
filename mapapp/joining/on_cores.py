"""Parts made by several processes of this machine, a bounded number of them under way."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice

from mapapp.errors import AppError
from mapapp.joining.parts import Parts
from mapapp.joining.work import Made, Part, Plan, Workshop

#: Parts that wait for each process: none is idle, and few rows are held.
_WAITING = 2


class Stopped(AppError):
    """A process of ours was ended from outside."""


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def make_on_cores(todo: Iterable[Part], plan: Plan, parts: Parts, processes: int) -> Iterator[Made]:
    """Make the parts, each told as soon as it is done.

    Raises:
        Stopped: a process was killed; what it was making is not there, the rest is.
    """
    pool = ProcessPoolExecutor(
        processes,
        mp_context=_context(),
        initializer=_begin,
        initargs=(plan, parts),
    )
    remaining = iter(todo)
    try:
        begun = islice(remaining, processes * (1 + _WAITING))
        pending: set[Future[Made]] = {pool.submit(_make, part) for part in begun}
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            pending |= {pool.submit(_make, part) for part in islice(remaining, len(done))}
            yield from (future.result() for future in done)
    except BrokenProcessPool as error:
        raise Stopped(
            "Un processus de la jointure a été arrêté, faute de mémoire peut-être. "
            "La même commande reprendra où elle en était ; --processes 1 en demande moins."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _context() -> multiprocessing.context.BaseContext:
    """Processes are not forked from this one, whose libraries have threads that a fork would lose.

    They come from one that has loaded what they need and begun nothing.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "mapapp.joining.files"])
    return context


_workshop: Workshop | None = None


def _begin(plan: Plan, parts: Parts) -> None:
    """Make a process ready for parts; it ends with the one that began it, however that ends."""
    global _workshop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the keyboard speaks to the first process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _workshop = Workshop.of(plan, parts)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _make(part: Part) -> Made:
    if _workshop is None:
        raise RuntimeError("a process that was not begun")
    return _workshop.make(part)
