"""Clips that people asked for.

A new table only: safe while any earlier code runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clips",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.BigInteger(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state BETWEEN 0 AND 3", name=op.f("ck_clips_state")),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_clips_span")),
        sa.CheckConstraint("name ~ '^[0-9a-f]{32}$'", name=op.f("ck_clips_name")),
        sa.CheckConstraint(
            "(state = 3) = (failure IS NOT NULL)", name=op.f("ck_clips_failure_told")
        ),
        sa.CheckConstraint(
            "failure IN ('absent', 'refused', 'broken')", name=op.f("ck_clips_failure")
        ),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_clips_camera_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_clips_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clips")),
        sa.UniqueConstraint(
            "person_id",
            "camera_id",
            "begins_at",
            "ends_at",
            name=op.f("uq_clips_person_id_camera_id_begins_at_ends_at"),
        ),
        sa.UniqueConstraint("name", name=op.f("uq_clips_name")),
    )
    op.create_index(op.f("ix_clips_camera_id"), "clips", ["camera_id"])
    op.create_index(op.f("ix_clips_expires_at"), "clips", ["expires_at"])


def downgrade() -> None:
    op.drop_table("clips")
