"""What every table shares, and the one table about the store itself."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

#: Mark of a column that says when its row was written: another day is not another fact.
DATES_THE_ROW = "dates_the_row"


class Base(DeclarativeBase):
    """Declarative base; constraints have stable names so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class State(Base):
    """Facts about the store: the version of its data, the fingerprint of what was shipped."""

    __tablename__ = "state"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
