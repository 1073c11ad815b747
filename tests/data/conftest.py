"""The shipped tables, read once for the tests of what they hold."""

from __future__ import annotations

import pytest

from mapapp.paths import shipped
from mapapp.tables.reading import Shipped, read_shipped


@pytest.fixture(scope="session")
def tables() -> Shipped:
    """All that ships in ``data/``, sound."""
    read, issues = read_shipped(shipped("data"))
    assert [str(issue) for issue in issues] == []
    return read
