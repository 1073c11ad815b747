"""The map's shell, rendered by Folium; the only module that knows it.

Folium is given no text from data, no popup, no tooltip and no icon (they execute ``${…}``): it
declares a map and its layers, which fetch their contents from our API. Its script is served as a
file of ours, its container goes into our own page, and the rest of its header (links to other
hosts, a viewport that forbids zooming, inline styles) stays here.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink, MacroElement
from folium.map import Layer
from folium.template import Template

from geo.distance import Box
from mapapp.maps.territories import METROPOLE

#: Folium's links that our page replaces (Leaflet, installed with us) or needs not: jQuery,
#: Bootstrap, Awesome Markers and glyphicons serve popups and icons that we do not use.
KNOWN_LINKS = frozenset(
    {
        "leaflet",
        "leaflet_css",
        "jquery",
        "bootstrap",
        "bootstrap_css",
        "awesome_markers",
        "awesome_markers_css",
        "awesome_markers_font_css",
        "awesome_rotate_css",
        "glyphicons_css",
    }
)


class UnknownAsset(RuntimeError):
    """Folium asks for a file that nobody here has looked at: the map is not served."""


class ApiLayer(Layer):
    """A layer of ours (``L.mapapp.<kind>``, static/js/layers.js), fed by our API."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = new L.mapapp.{{ this.kind }}({{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(
        self, kind: str, name: str, show: bool = True, overlay: bool = True, **options: Any
    ) -> None:
        super().__init__(name=name, overlay=overlay, control=True, show=show)
        self._name = "couche"
        self.kind = kind
        self.options = options


class FirstView(MacroElement):
    """The first view, set at once: Folium's own FitBounds glides there, and asks our API twice."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this._parent.get_name() }}.fitBounds({{ this.bounds|tojson }}, {animate: false});
        {% endmacro %}
        """
    )

    def __init__(self, box: Box) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "vue"
        west, south, east, north = box
        self.bounds = [[south, west], [north, east]]


@cache
def map_container() -> str:
    """The element that holds the map, as HTML."""
    return str(_figure().html.render()).strip()


@cache
def map_script() -> str:
    """The script that makes the map, to be served from our own origin."""
    return str(_figure().script.render()).strip()


@cache
def _figure() -> Figure:
    figure = _map().get_root()
    assert isinstance(figure, Figure)
    figure.render()
    _refuse_unknown(figure)
    return figure


def _map() -> folium.Map:
    shell = folium.Map(tiles=None, zoom_control=False, control_scale=True, min_zoom=2, max_zoom=19)
    shell.options["max_zoom"] = 19  # folium drops it when there are no tiles
    shell.options["zoom_snap"] = 0.25  # so that the first view fills a map of any shape
    shell._name, shell._id = "carte", "ess"
    layers = (
        ApiLayer("Outlines", "Départements"),
        # Not overlays: the control offers one or the other, as the filter « generation » does.
        ApiLayer("Qpvs", "QPV 2015", show=False, overlay=False, generation=2015),
        ApiLayer("Qpvs", "QPV 2024", overlay=False, generation=2024),
        ApiLayer("Initiatives", "Initiatives"),
    )
    for rank, part in enumerate((FirstView(METROPOLE), *layers, folium.LayerControl())):
        part._id = f"{rank}"  # ids that do not change from one run to the next
        shell.add_child(part)
    return shell


def _refuse_unknown(figure: Figure) -> None:
    links: dict[str, Element] = figure.header._children
    for name, element in links.items():
        if isinstance(element, JavascriptLink | CssLink) and name not in KNOWN_LINKS:
            raise UnknownAsset(f"Folium asks for {name} ({element.url}), which nobody has reviewed")
