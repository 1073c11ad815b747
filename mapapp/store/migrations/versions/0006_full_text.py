"""An index of the letters of initiatives, for searches, and one of their names, to sort them."""

from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

FORGET = (
    "INSERT INTO initiative_words(initiative_words, rowid, search_text) "
    "VALUES ('delete', old.id, old.search_text);"
)
LEARN = "INSERT INTO initiative_words(rowid, search_text) VALUES (new.id, new.search_text);"

#: A table of initiatives made anew by a later migration loses its triggers: make them again.
TRIGGERS = (
    f"CREATE TRIGGER initiative_words_insert AFTER INSERT ON initiative BEGIN {LEARN} END",
    f"CREATE TRIGGER initiative_words_delete AFTER DELETE ON initiative BEGIN {FORGET} END",
    "CREATE TRIGGER initiative_words_update AFTER UPDATE OF id, search_text ON initiative "
    f"BEGIN {FORGET} {LEARN} END",
)


def upgrade() -> None:
    # PostgreSQL refuses to index long texts: it sorts names once for each version of the data.
    if op.get_bind().dialect.name == 'sqlite':
        op.create_index('ix_initiative_name', 'initiative', ['name'])
        op.execute(
            "CREATE VIRTUAL TABLE initiative_words USING fts5("
            "search_text, content='initiative', content_rowid='id', tokenize='trigram')"
        )
        op.execute("INSERT INTO initiative_words(initiative_words) VALUES ('rebuild')")
        for trigger in TRIGGERS:
            op.execute(trigger)


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for event in ('insert', 'delete', 'update'):
            op.execute(f'DROP TRIGGER initiative_words_{event}')
        op.execute('DROP TABLE initiative_words')
        op.drop_index('ix_initiative_name', 'initiative')
