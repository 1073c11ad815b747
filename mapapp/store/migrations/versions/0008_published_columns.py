"""The columns of a source that everybody may see."""

import sqlalchemy as sa
from alembic import op


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('source', sa.Column('publishes', sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column('source', 'publishes')
