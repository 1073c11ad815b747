"""How a database is named and opened."""

from __future__ import annotations

import sys

import pytest

from mapapp.errors import NotReady
from mapapp.store.engine import open_engine


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_postgresql_is_named_as_hosts_name_it(scheme: str) -> None:
    """One driver, whatever the beginning of the address."""
    engine = open_engine(f"{scheme}://mapapp:secret@base.example/carte")
    assert engine.dialect.driver == "psycopg"
    assert engine.url.database == "carte"


def test_a_driver_that_misses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the words that install it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(NotReady, match=r"pip install 'mapapp\[postgresql\]'"):
        open_engine("postgresql+psycopg://mapapp@base.example/carte")


@pytest.mark.parametrize(
    "url", ["ma base : secret", "mysql://a:secret@b/c", "postgresql://a:b:c@d:e/f"]
)
def test_what_is_no_address_is_told_without_its_password(url: str) -> None:
    """The sentence says how one is written."""
    with pytest.raises(NotReady, match="MAPAPP_DATABASE_URL") as told:
        open_engine(url)
    assert "secret" not in str(told.value)
