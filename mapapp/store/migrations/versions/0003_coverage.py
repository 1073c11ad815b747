"""Which QPVs have an example on which theme."""

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('coverage_cell',
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('qpv_code', sa.String(), nullable=False),
    sa.Column('theme_slug', sa.String(), nullable=False),
    sa.Column('examples', sa.Integer(), nullable=False),
    sa.Column('possible', sa.Integer(), nullable=False),
    sa.Column('reach_m', sa.Float(), nullable=True),
    sa.Column('nearest', sa.JSON(), nullable=False),
    sa.Column('surveyed', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('generation', 'qpv_code', 'theme_slug', name=op.f('pk_coverage_cell'))
    )
    op.create_index('ix_initiative_source_id_rank', 'initiative', ['source_id', 'rank'])


def downgrade() -> None:
    op.drop_index('ix_initiative_source_id_rank', 'initiative')
    op.drop_table('coverage_cell')
