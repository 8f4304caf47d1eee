"""What billing's word took from guests and may give back: nullable columns, an index for the rows of
the last days, and a card that hangs on a household."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("flat_members", "loose_at"),
    ("flat_members", "loose_until"),
    ("flat_leaves", "named_at"),
    ("flat_qr_codes", "household_at"),
)


def upgrade() -> None:
    for table, name in _COLUMNS:
        op.add_column(table, sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_flat_leaves_left_at",
        "flat_leaves",
        ["left_at"],
        postgresql_where=sa.text("put_out_by = 'billing'"),
    )
    # The cards that are out there are of whoever lives there now.
    op.execute("""
        UPDATE flat_qr_codes q SET household_at = now()
        WHERE EXISTS (
            SELECT FROM flat_members m WHERE m.flat_id = q.flat_id AND m.source = 'billing'
        )
        """)


def downgrade() -> None:
    op.drop_index("ix_flat_leaves_left_at", "flat_leaves")
    for table, name in reversed(_COLUMNS):
        op.drop_column(table, name)
