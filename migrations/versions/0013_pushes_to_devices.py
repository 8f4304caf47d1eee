"""Which device was told of which message, and the calls that devices are about to be rung for.

New tables only; the rows of both go with the session and the message that they are of.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_pushes",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('sent', 'refused', 'gone')", name=op.f("ck_message_pushes_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
            name=op.f("fk_message_pushes_message_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_message_pushes_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "session_id", name="pk_message_pushes"),
    )
    op.create_index(op.f("ix_message_pushes_session_id"), "message_pushes", ["session_id"])
    op.create_table(
        "rings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("call", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_rings_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rings"),
    )
    op.create_index(op.f("ix_rings_session_id"), "rings", ["session_id"])
    op.create_index(op.f("ix_rings_until"), "rings", ["until"])


def downgrade() -> None:
    op.drop_table("rings")
    op.drop_table("message_pushes")
