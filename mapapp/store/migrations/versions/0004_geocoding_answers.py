"""What geocoders answered."""

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('geocoding_answer',
    sa.Column('provider', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('asked', sa.String(), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('provider', 'key', name=op.f('pk_geocoding_answer'))
    )
    with op.batch_alter_table('geocoding_answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_geocoding_answer_expires_on'), ['expires_on'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('geocoding_answer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_geocoding_answer_expires_on'))

    op.drop_table('geocoding_answer')
