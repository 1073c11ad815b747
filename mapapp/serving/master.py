"""The master of ``mapapp serve``: gunicorn, and workers that share what it has built in memory.

It starts with one worker that builds when it is asked, so that the first visitor waits for nothing
else. Then it builds what a version of the data needs in memory, and replaces that worker by as many
as were asked for, which share these pages. SIGHUP does the same again. Workers that are replaced
finish what they answer.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
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

#: A worker whose loop says nothing for so long is stuck; long answers run in its threads.
_SILENCE_S = 60

#: What a worker that ends may still take to finish its answers: the longest export a page offers.
_FAREWELL_S = 30

#: Answers of a worker before it is replaced by a fresh one, which gives back what a library leaks:
#: some hours of visits.
_FILL = 20_000


class Server(BaseApplication):  # type: ignore[misc]
    """The pages and the API on an address (« host:port »), by so many processes."""

    def __init__(self, address: str, workers: int, ready: Callable[[str], object]) -> None:
        self._workers = workers
        self._ready = ready
        self._settings = {
            "bind": address,
            "workers": 1,
            "worker_class": LoopWorker,
            "max_requests": _FILL,
            "max_requests_jitter": _FILL // 4,  # so that they are not replaced together
            "loglevel": "warning",
            "timeout": _SILENCE_S,
            "graceful_timeout": _FAREWELL_S,
            "preload_app": True,
            "control_socket_disable": True,  # signals are enough, and nothing is left in a home
            "when_ready": self._when_ready,
            "on_reload": lambda _arbiter: self._share(),
        }
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings; it reads no file and no command line."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, once, in the master."""
        return create_app()

    def _when_ready(self, arbiter: Any) -> None:
        self._ready(str(arbiter.LISTENERS[0]))
        if self._workers > 1:
            self._settings["workers"] = self._workers
            os.kill(os.getpid(), signal.SIGHUP)  # handled once the first worker has started

    def _share(self) -> None:
        """Build what workers share, in pages that the garbage collector will not write to.

        A store that does not answer now is no end of the server: each request says so.
        """
        app = self.wsgi()
        if self._workers == 1:
            return
        try:
            app.test_client().get("/")  # its templates, read and compiled
            warm(app)
        except (AppError, SQLAlchemyError) as error:
            app.logger.warning("Not warmed before the new workers: %s", code(error))
        gc.collect()
        gc.freeze()


def run(address: str, workers: int, ready: Callable[[str], object]) -> None:
    """Serve until SIGTERM; SIGHUP replaces the workers. ``ready`` hears where it listens."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    Server(address, workers, ready).run()
