"""Numbers in query parameters, with a French sentence when they are not."""

from __future__ import annotations

import math

from mapapp.errors import BadInput, FieldError, cited
from mapapp.queries.map_features import MAX_ZOOM

#: The zoom of a whole country on a screen.
COUNTRY_ZOOM = 5


def read_zoom(text: str | None, default: int = COUNTRY_ZOOM) -> int:
    """A zoom level, 0 to 19; the default when nothing is written."""
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 2 or int(text) > MAX_ZOOM:
        raise BadInput.of("zoom", f"Zoom « {cited(text)} » : attendu entre 0 et {MAX_ZOOM}.")
    return int(text)


def read_number(name: str, text: str | None, lowest: float, highest: float, unit: str) -> float:
    """A required number within bounds, both included."""
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not lowest <= value <= highest:
        received = f"reçu : « {cited(text)} »" if text else "absent"
        expected = f"un nombre de {unit} entre {lowest:g} et {highest:g} est attendu"
        raise BadInput.of(name, f"{name} : {expected} ({received}).".replace("-", "−"))
    return value


def gather(*readings: object) -> tuple[object, ...]:
    """Call each reading and tell all the faults at once."""
    values, faults = [], list[FieldError]()
    for reading in readings:
        try:
            values.append(reading())  # type: ignore[operator]
        except BadInput as error:
            faults.extend(error.errors)
    if faults:
        raise BadInput(" ".join(fault.message for fault in faults), faults)
    return tuple(values)
