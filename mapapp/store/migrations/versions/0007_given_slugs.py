"""The slugs that initiatives were given, for ever."""

import hashlib

import sqlalchemy as sa
from alembic import op

from geo.names import plain


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table('given_slug',
    sa.Column('slug', sa.String(), nullable=False),
    sa.Column('source_id', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('gone_on', sa.String(), nullable=True),
    sa.Column('successor', sa.String(), nullable=True),
    sa.Column('name', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('slug', name=op.f('pk_given_slug')),
    sa.UniqueConstraint('source_id', 'key', name=op.f('uq_given_slug_source_id'))
    )
    connection = op.get_bind()
    connection.execute(sa.text(
        'INSERT INTO given_slug (slug, source_id, key) SELECT slug, source_id, key FROM initiative'
    ))
    _remember_those_taken_back(connection, table)


def downgrade() -> None:
    op.drop_table('given_slug')


def _remember_those_taken_back(connection: sa.Connection, table: sa.Table) -> None:
    """Records of runs taken back had addresses, as revision 0002 gave them; nobody noted the day."""
    given = set(connection.scalars(sa.select(table.c.slug)))
    known = set(map(tuple, connection.execute(sa.select(table.c.source_id, table.c.key))))
    wrote = connection.execute(sa.text(
        "SELECT DISTINCT r.source_id, c.key FROM run_change AS c JOIN run AS r ON r.id = c.run_id "
        "WHERE r.kind = 'initiatives' AND c.key <> '' ORDER BY r.source_id, c.key"
    ))
    rows = []
    for source_id, key in map(tuple, wrote.all()):
        slug = _slug(source_id, key)
        if (source_id, key) not in known and slug not in given:
            given.add(slug)
            rows.append({'slug': slug, 'source_id': source_id, 'key': key, 'reason': 'rolled_back'})
    if rows:
        connection.execute(sa.insert(table), rows)


def _slug(source_id: str, key: str) -> str:
    words = '-'.join(plain(key).split())
    if words == key:
        return f'{source_id}-{words}'
    return f'{source_id}-{words[:60]}-{hashlib.sha256(key.encode()).hexdigest()[:6]}'
