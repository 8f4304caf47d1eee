"""What intercom panels were told of flats, and whom there is something to tell. New tables only."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "panel_pushes",
        sa.Column("panel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changes", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["panels.id"], name=op.f("fk_panel_pushes_panel_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("panel_id", name=op.f("pk_panel_pushes")),
    )
    op.create_index(op.f("ix_panel_pushes_due_at"), "panel_pushes", ["due_at"])
    op.create_table(
        "panel_flats",
        sa.Column("panel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.BigInteger(), nullable=True),
        sa.Column("handset", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("sip", sa.Text(), server_default="", nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["panels.id"], name=op.f("fk_panel_flats_panel_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["flat_id"], ["flats.id"], name=op.f("fk_panel_flats_flat_id")),
        sa.PrimaryKeyConstraint("panel_id", "number", name=op.f("pk_panel_flats")),
    )
    op.create_index(op.f("ix_panel_flats_flat_id"), "panel_flats", ["flat_id"])


def downgrade() -> None:
    op.drop_table("panel_flats")
    op.drop_table("panel_pushes")
