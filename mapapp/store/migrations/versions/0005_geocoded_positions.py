"""What was found for the addresses of initiatives."""

import sqlalchemy as sa
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('geocoded_position',
    sa.Column('source_id', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('asked', sa.String(), nullable=False),
    sa.Column('decision', sa.String(), nullable=False),
    sa.Column('lon', sa.Float(), nullable=True),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('precision', sa.String(), nullable=False),
    sa.Column('radius_m', sa.Float(), nullable=True),
    sa.Column('label', sa.String(), nullable=True),
    sa.Column('provider', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('candidates', sa.JSON(), nullable=False),
    sa.Column('author', sa.String(), nullable=False),
    sa.Column('decided_at', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('source_id', 'key', name=op.f('pk_geocoded_position'))
    )
    with op.batch_alter_table('geocoded_position', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_geocoded_position_decision'), ['decision'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('geocoded_position', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_geocoded_position_decision'))

    op.drop_table('geocoded_position')
