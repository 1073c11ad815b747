"""The map's shell: what Folium may bring, and what never reaches the visitor."""

from __future__ import annotations

import re

import folium
import pytest
from folium.plugins import Fullscreen

from mapapp.maps import shell


def test_folium_s_links_are_the_ones_reviewed() -> None:
    """Another Folium that asks for another file makes this fail before a visitor sees it."""
    figure = folium.Map(tiles=None).get_root()
    figure.render()
    links = {name for name, element in figure.header._children.items() if hasattr(element, "url")}
    assert links == set(shell.KNOWN_LINKS)


def test_an_unexpected_asset_stops_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin that loads its own files is refused by name."""
    figure = folium.Map(tiles=None)
    Fullscreen().add_to(figure)
    monkeypatch.setattr(shell, "_map", lambda: figure)
    shell._figure.cache_clear()
    try:
        with pytest.raises(shell.UnknownAsset, match="Control"):
            shell.map_script.__wrapped__()
    finally:
        shell._figure.cache_clear()


def test_the_container_is_one_empty_element() -> None:
    """No inline style, no script, no text: our page holds the rest."""
    assert re.fullmatch(r'<div class="folium-map" id="carte_ess"\s*></div>', shell.map_container())


def test_the_script_names_no_host_and_holds_no_data() -> None:
    """Nothing but options and our layers, so it is the same for everyone and may be kept."""
    script = shell.map_script()
    assert "http" not in script
    assert "`" not in script
    assert "${" not in script
    assert re.findall(r"new L\.mapapp\.(\w+)", script) == [
        "Outlines",
        "Qpvs",
        "Qpvs",
        "Initiatives",
    ]


def test_two_renders_are_the_same() -> None:
    """Folium's random ids would defeat every cache."""
    first = shell.map_script()
    for made in (shell._figure, shell.map_script, shell.map_container):
        made.cache_clear()
    assert shell.map_script() == first


def test_the_layers_are_named_in_french() -> None:
    """What the layer control shows: one generation or the other, then what may be put away."""
    shown = re.findall(r'"([^"]+)"\s*:\s*couche_', shell.map_script())
    assert [name.encode().decode("unicode_escape") for name in shown] == [
        "QPV 2015",
        "QPV 2024",
        "Départements",
        "Initiatives",
    ]
