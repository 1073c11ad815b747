"""Faults said to the person who can act: a French page, or the API's one error body."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from mapapp.errors import AppError, FieldError, Moved, NotReady, Occupied
from mapapp.joining.uploads import COMMAND, LARGEST_UPLOAD
from mapapp.web.gone import VisitorGone
from mapapp.web.logs import code, log_failure, places
from mapapp.web.moving import moved_to

_TITLES = {
    400: "Demande incomprise",
    404: "Page introuvable",
    405: "Action impossible ici",
    408: "Demande trop lente",
    410: "Page retirée",
    413: "Envoi trop lourd",
    414: "Adresse trop longue",
    429: "Trop de demandes",
    431: "En-têtes trop longs",
    500: "Erreur de notre côté",
    503: "Service momentanément indisponible",
}

_SENTENCES = {
    404: "Cette adresse ne mène à rien. Elle a peut-être été mal recopiée.",
    405: "Cette adresse ne se demande pas de cette façon.",
    408: "La demande n’est pas arrivée à temps. Réessayez, si possible avec un meilleur réseau.",
    413: f"{LARGEST_UPLOAD // 1_000_000} Mo au plus par envoi : découpez le fichier. {COMMAND}",
    429: "Trop de demandes en peu de temps depuis votre adresse. Réessayez dans une minute.",
    414: "Cette adresse est trop longue. Raccourcissez la recherche ou retirez des filtres.",
    431: "Les en-têtes de la demande sont trop longs. Effacez les cookies de ce site.",
    500: "Une erreur inattendue s’est produite. Elle est notée ; réessayez dans un instant.",
    503: "La base de données ne répond pas. Réessayez dans un instant.",
}

#: Said by the server of requests that never reach the application.
_OF_THE_SERVER = {
    400: "La demande n’est pas écrite comme le veut HTTP : le serveur ne l’a pas comprise.",
    501: "Cette façon de transmettre une demande n’est pas offerte. Envoyez-la avec sa longueur.",
    503: "Trop de demandes attendent en ce moment. Réessayez dans quelques secondes.",
}

_WAYS = (
    ("La carte", "/"),
    ("Les initiatives", "/initiatives"),
    ("Les ressources", "/ressources"),
    ("Les quartiers", "/qpv"),
    ("Les territoires", "/territoires"),
)

Ways = Sequence[tuple[str, str]]


def init_app(app: Flask) -> None:
    """Answer every fault in one of the two shapes."""
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(Moved, _moved)
    app.register_error_handler(NotReady, _not_ready)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SQLAlchemyError, _store_error)
    app.register_error_handler(VisitorGone, _visitor_gone)
    app.register_error_handler(Exception, _unexpected)
    # When a handler above fails itself: Flask would write the path and the messages.
    app.log_exception = _log_exception  # type: ignore[assignment, method-assign]


def shape_of(path: str) -> str:
    """The path that stands for all those whose faults have the shape of this one's."""
    known = (shape for shape in ("/api/v1/", "/oembed") if path.startswith(shape))
    return next(known, "/")


def refused(app: Flask, status: int, path: str) -> Response:
    """What the server answers by itself, as the application would have said it at that path."""
    sentence = _OF_THE_SERVER.get(status) or _SENTENCES[status]
    with app.test_request_context(path):
        return app.process_response(_answer(status, sentence))


def invalid_request(error: ValidationError) -> Response:
    """What flask-openapi3 answers when a request does not have the declared shape."""
    faults = [
        FieldError(str(fault["loc"][-1] if fault["loc"] else ""), "Valeur de forme inattendue.")
        for fault in error.errors(include_url=False, include_input=False)
    ]
    return _answer(400, "La demande n’a pas la forme attendue.", faults)


def _app_error(error: AppError) -> Response:
    answer = _answer(error.status, error.message, error.errors, error.ways)
    if isinstance(error, Occupied):
        answer.headers["Retry-After"] = str(ceil(error.retry_after_s))
    return answer


def _moved(error: Moved) -> BaseResponse:
    """301 to the same of its successor, page or API; 410 where no slug is in the address."""
    asked = request.view_args or {}
    if request.endpoint is None or "slug" not in asked:
        return _app_error(error)
    return moved_to(url_for(request.endpoint, **asked | {"slug": error.successor}))


def _not_ready(error: NotReady) -> Response:
    """The operator's sentence goes to the log: a visitor can only wait."""
    log_failure(503, error.message)
    return _answer(503, _SENTENCES[503])


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400 and error.response is None:
        return make_response(error.get_response())  # a redirection
    return _answer(status, _SENTENCES.get(status, "Cette demande ne peut pas être satisfaite."))


def _store_error(error: SQLAlchemyError) -> Response:
    # Not the message, the statement or its parameters: they hold what a visitor searched for.
    log_failure(503, f"the store fails, {code(getattr(error, 'orig', None) or error)}")
    return _answer(503, _SENTENCES[503])


def _unexpected(error: Exception) -> Response:
    log_failure(500, places(error))
    if current_app.testing:
        raise error
    return _answer(500, _SENTENCES[500])


def _log_exception(info: Any) -> None:
    log_failure(500, places(info[1]))


def _visitor_gone(_error: VisitorGone) -> Response:
    return Response(status=499)  # nobody reads it


def _answer(
    status: int, sentence: str, errors: Sequence[FieldError] = (), ways: Ways = ()
) -> Response:
    if shape_of(request.path) != "/":
        response = jsonify(_body(status, sentence, errors))
    else:
        response = make_response(_page(status, sentence, errors, ways))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _body(status: int, sentence: str, errors: Sequence[FieldError]) -> dict[str, Any]:
    return {
        "ok": False,
        "status": status,
        "error": sentence,
        "errors": [{"field": fault.field, "message": fault.message} for fault in errors],
    }


def _page(status: int, sentence: str, errors: Sequence[FieldError], ways: Ways) -> str:
    return render_template(
        "erreur.html",
        status=status,
        title=_TITLES.get(status, "Demande impossible"),
        sentence=sentence,
        errors=errors if len(errors) > 1 else (),
        ways=[{"label": label, "url": url} for label, url in (*ways, *_WAYS)],
    )
