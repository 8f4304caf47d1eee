"""Recordings that the operator has published. A new table only."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "published_videos",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("camera_id", sa.BigInteger(), nullable=True),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("picture", sa.Text(), nullable=False),
        sa.CheckConstraint("url ~ '^https?://'", name=op.f("ck_published_videos_url")),
        sa.CheckConstraint("title <> ''", name=op.f("ck_published_videos_title")),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["cameras.id"],
            name=op.f("fk_published_videos_camera_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_videos")),
    )
    op.create_index(op.f("ix_published_videos_camera_id"), "published_videos", ["camera_id"])
    op.create_index(op.f("ix_published_videos_event_at"), "published_videos", ["event_at"])


def downgrade() -> None:
    op.drop_table("published_videos")
