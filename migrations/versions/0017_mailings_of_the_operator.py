"""Mailings of the operator, and which messages are of which.

The column is nullable and has no default, so that adding it rewrites nothing; its key is of new
rows alone. `messages` may be long by now: the index leaves out what is of no mailing, which is all
there is, and so is made by one scan.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("about_money", sa.Boolean(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("reached", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "audience IN ('all', 'house', 'flat')", name=op.f("ck_mailings_audience")
        ),
        sa.CheckConstraint(
            "(audience = 'all') = (place_id IS NULL)", name=op.f("ck_mailings_place")
        ),
        sa.CheckConstraint("told >= 0 AND expected >= 0", name=op.f("ck_mailings_counts")),
        sa.PrimaryKeyConstraint("id", name="pk_mailings"),
    )
    op.create_index(op.f("ix_mailings_created_at"), "mailings", ["created_at"])
    op.add_column("messages", sa.Column("mailing_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_messages_mailing_id"),
        "messages",
        "mailings",
        ["mailing_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(
        op.f("ix_messages_of_mailing"),
        "messages",
        ["mailing_id", "phone"],
        unique=True,
        postgresql_where=sa.text("mailing_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_messages_of_mailing"), "messages")
    op.drop_constraint(op.f("fk_messages_mailing_id"), "messages", type_="foreignkey")
    op.drop_column("messages", "mailing_id")
    op.drop_table("mailings")
