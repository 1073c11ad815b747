"""The slugs that initiatives were given: an address is a promise, even of a record that is gone."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mapapp.store.base import Base


class GivenSlug(Base):
    """The slug of a record of a source, given once for ever: no other record ever takes it.

    ``reason`` is None while the record stands, else why it is gone: rolled_back, replaced or
    withdrawn. Then ``gone_on`` is the day (ISO; None: nobody noted it), ``successor`` the
    identifier, in the same source, of what replaces it, and ``name`` what it was called, None
    where that is not to be told any more.
    """

    __tablename__ = "given_slug"
    __table_args__ = (UniqueConstraint("source_id", "key"),)

    slug: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str]
    key: Mapped[str]
    reason: Mapped[str | None]
    gone_on: Mapped[str | None]
    successor: Mapped[str | None]
    name: Mapped[str | None]
