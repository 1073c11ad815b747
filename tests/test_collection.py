"""Every process that shares out the tests finds the same ones, under names that can be read."""

from __future__ import annotations

import pytest


def test_no_parameters_come_in_an_order_of_their_own(request: pytest.FixtureRequest) -> None:
    """A set has another order in each process; of two that collect otherwise, xdist stops."""
    unordered = {
        item.nodeid.partition("[")[0]
        for item in request.session.items
        for mark in item.iter_markers("parametrize")
        if isinstance(mark.args[1], set | frozenset)
    }
    assert not unordered, "sort them"


def test_no_name_of_a_test_holds_bytes(request: pytest.FixtureRequest) -> None:
    """They may tell the time of a compression; the names of our own say what is tried."""
    names = {item.nodeid for item in request.session.items}
    assert not {name for name in names if "\\x1f\\x8b" in name or "PK\\x03\\x04" in name}
