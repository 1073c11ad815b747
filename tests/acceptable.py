"""Rows of an initiatives file that its schema accepts, made from what the schema says."""

from __future__ import annotations

from hypothesis import strategies as st

from mapapp.opendata import columns
from mapapp.opendata.fields import Field


def accepted(field: Field) -> st.SearchStrategy[str]:
    """Texts that the schema accepts in a column, the empty one included when it may be."""
    told = field.as_table_schema()
    rules = told.get("constraints", {})
    if "enum" in rules:
        texts: st.SearchStrategy[str] = st.sampled_from(rules["enum"])
    elif "pattern" in rules:
        texts = st.from_regex(f"({rules['pattern']})", fullmatch=True)
    elif told["type"] == "number":
        texts = st.floats(rules["minimum"], rules["maximum"]).map(repr)
    else:
        texts = st.text(st.characters(codec="utf-8"), min_size=1)
    return texts if field.required else texts | st.just("")


ROWS: st.SearchStrategy[dict[str, str]] = st.fixed_dictionaries(
    {field.name: accepted(field) for field in columns.INITIATIVES}
)
