"""The processes of ``mapapp serve``: gunicorn, its workers forked from a process that is warm.

With several workers, the master builds what a version of the data needs in memory, then forks: they
share those pages. On SIGHUP it builds anew if the data changed and replaces all workers; those that
end finish what they answer. A single worker builds when it is asked, and starts the sooner.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import SQLAlchemyError

from mapapp import create_app
from mapapp.errors import AppError
from mapapp.serving.worker import LoopWorker
from mapapp.web.context import warm
from mapapp.web.logs import code

#: A worker whose main loop says nothing for so long is stuck; long answers run in its threads.
_SILENCE_S = 60

#: What a worker that ends may still take to finish its answers: the longest export a page offers.
_FAREWELL_S = 30

#: Answers of a worker before it is replaced by a fresh one, which gives back what a library leaks:
#: some hours of visits.
_FILL = 20_000


class Server(BaseApplication):  # type: ignore[misc]
    """The pages and the API on an address (« host:port »), by so many processes."""

    def __init__(self, address: str, workers: int, ready: Callable[[str], object]) -> None:
        self._shares = workers > 1
        self._settings = {
            "bind": address,
            "workers": workers,
            "worker_class": LoopWorker,
            "max_requests": _FILL,
            "max_requests_jitter": _FILL // 4,  # so that they are not replaced together
            "loglevel": "warning",
            "timeout": _SILENCE_S,
            "graceful_timeout": _FAREWELL_S,
            "preload_app": True,
            "control_socket_disable": True,  # signals are enough, and nothing is left in a home
            "when_ready": lambda arbiter: ready(str(arbiter.LISTENERS[0])),
            "on_reload": lambda _arbiter: self._warm_again(),
        }
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings; it reads no file and no command line."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, once, in the master."""
        app = create_app()
        if self._shares:
            _share(app)
        return app

    def _warm_again(self) -> None:
        """A store that does not answer now is no end of the server: each request tells it."""
        app = self.wsgi()
        try:
            if self._shares:
                _share(app)
        except (AppError, SQLAlchemyError) as error:
            app.logger.warning("Not warmed before the new workers: %s", code(error))


def _share(app: Flask) -> None:
    """Build what workers share, in pages that the garbage collector will not write to."""
    app.test_client().get("/")  # its templates, read and compiled
    warm(app)
    gc.collect()
    gc.freeze()


def run(address: str, workers: int, ready: Callable[[str], object]) -> None:
    """Serve until SIGTERM; SIGHUP replaces the workers. ``ready`` hears where it listens."""
    Server(address, workers, ready).run()
