"""The files that a page loads."""

from __future__ import annotations

import re

from invariants import CheckingClient

from mapapp.web.assets import contents, imported

#: Any way of importing, wherever it is written: looser than what the page relies on.
NAMED = re.compile(r"\bfrom\s+[\"']\./([^\"']+)[\"']|\bimport\s+[\"']\./([^\"']+)[\"']")


def test_a_page_names_all_that_its_modules_import(client: CheckingClient) -> None:
    """No module is found after the others are read; none is asked for in vain."""
    page = client.get("/").get_data(as_text=True)
    preloaded = set(re.findall(r'rel="modulepreload" href="/static/\w+/([^"]+)"', page))
    started = {"js/carte.js", "js/layers.js"}
    needed = {
        f"js/{''.join(names)}"
        for path in started | preloaded
        for names in NAMED.findall(contents()[path].decode())
    }

    assert preloaded == needed - started
    assert "js/fill.js" in preloaded, "found by what carte.js imports, not by carte.js"


def test_what_is_imported_is_in_the_folder_of_who_imports() -> None:
    """Each module is found, whichever it is asked of."""
    for path in (path for path in contents() if path.endswith(".js")):
        assert set(imported(path)) <= set(contents()), path
