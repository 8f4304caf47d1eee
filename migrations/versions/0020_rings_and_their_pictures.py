"""Rings of the last minutes, and the newest frame of each panel.

New tables only. `panel_frames` is UNLOGGED: it is written twice a second for each panel that
somebody looks through, and what a crash empties is half a second old.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_rings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("panel_id", sa.BigInteger(), nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("opens", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_rings")),
        sa.UniqueConstraint("source", "call_id", name=op.f("uq_call_rings_source_call_id")),
    )
    op.create_index(op.f("ix_call_rings_expires_at"), "call_rings", ["expires_at"])
    op.create_table(
        "call_logins",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ring_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ring_id"],
            ["call_rings.id"],
            name=op.f("fk_call_logins_ring_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_logins")),
        sa.UniqueConstraint("digest", name=op.f("uq_call_logins_digest")),
        sa.UniqueConstraint(
            "ring_id", "session_id", name=op.f("uq_call_logins_ring_id_session_id")
        ),
    )
    op.create_table(
        "panel_frames",
        sa.Column("panel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("frame", sa.LargeBinary(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("panel_id", name=op.f("pk_panel_frames")),
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    op.drop_table("panel_frames")
    op.drop_table("call_logins")
    op.drop_table("call_rings")
