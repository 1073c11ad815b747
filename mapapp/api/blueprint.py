"""The blueprint that every operation of the API hangs on."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask_openapi3 import APIBlueprint
from pydantic import BaseModel

from mapapp.api.schemas import Error

#: Every operation may answer these.
_FAULTS: dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None] = {
    "400": Error,
    "404": Error,
}

bp = APIBlueprint("api", __name__, url_prefix="/api/v1", abp_responses=_FAULTS)
