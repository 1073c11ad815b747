"""Answers: those of the application, and those that the server makes itself."""

from __future__ import annotations

import logging
from time import monotonic

from waitress.channel import ClientDisconnected
from waitress.task import ErrorTask, Task, WSGITask

from mapapp.web.logs import places

logger = logging.getLogger(__name__)


class Answer(WSGITask):  # type: ignore[misc]
    """The application's answer to a request; 500 in its place when it fails outside of Flask."""

    def service(self) -> None:
        """Answer; a failure is logged without anything of the request but its method."""
        begun = monotonic()
        if self.channel.server.stopping:
            self.request.headers["CONNECTION"] = "close"
        try:
            super().service()
        except ClientDisconnected:
            raise
        except Exception as error:
            logger.error("500 after %.2f s: %s", monotonic() - begun, places(error))
            if self.wrote_header:
                self.close_on_finish = True  # cut: the client sees that it is not whole
            else:
                self.complete = True
                self.response_headers.clear()
                _refuse(self, 500)
                self.finish()
        finally:
            self.channel.server.count_answer()


class Refused(ErrorTask):  # type: ignore[misc]
    """An answer of the server itself to what it could not, or would not, take."""

    def execute(self) -> None:
        """Write it; the connection ends with it."""
        self.channel.is_refused = True
        self.channel.server.count(str(self.request.error.code))
        _refuse(self, self.request.error.code)


def _refuse(task: Task, status: int) -> None:
    refusal = task.channel.server.refusals.of(status, task.request.asked)
    task.status = refusal.line
    task.response_headers.extend(refusal.headers)
    task.content_length = len(refusal.body)
    task.set_close_on_finish()
    head = getattr(task.request, "command", "") == "HEAD"
    task.write(b"" if head else refusal.body)
