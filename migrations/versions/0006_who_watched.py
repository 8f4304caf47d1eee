"""When a refresh last found somebody who watches: of whom BILLING_BLOCK_SHARE is a share.

A nullable column and a small index (one row a phone and house) in the place of the one on
`fetched_at`, which nothing else reads: short in its locks, and the previous code needs neither. Until people were refreshed once more the share is of fewer than there are, so
that more is held back, not less.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "billing_copies", sa.Column("watched_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(op.f("ix_billing_copies_watched_at"), "billing_copies", ["watched_at"])
    op.drop_index(op.f("ix_billing_copies_fetched_at"), "billing_copies")


def downgrade() -> None:
    op.create_index(op.f("ix_billing_copies_fetched_at"), "billing_copies", ["fetched_at"])
    op.drop_index(op.f("ix_billing_copies_watched_at"), "billing_copies")
    op.drop_column("billing_copies", "watched_at")
