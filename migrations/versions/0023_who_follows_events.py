"""Who is told when a key or the code of a flat opens a door. A new table only."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_follows",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('key', 'code')", name=op.f("ck_event_follows_kind")),
        sa.CheckConstraint("(kind = 'code') = (value = '')", name=op.f("ck_event_follows_value")),
        sa.ForeignKeyConstraint(["flat_id"], ["flats.id"], name=op.f("fk_event_follows_flat_id")),
        sa.PrimaryKeyConstraint("phone", "flat_id", "kind", "value", name=op.f("pk_event_follows")),
    )
    op.create_index(
        op.f("ix_event_follows_flat_id_kind_value"), "event_follows", ["flat_id", "kind", "value"]
    )


def downgrade() -> None:
    op.drop_table("event_follows")
