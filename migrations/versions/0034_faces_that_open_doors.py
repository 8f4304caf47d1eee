"""Faces that open doors. New tables only."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_STATES = "state IN ('asked', 'opened', 'refused', 'unreachable', 'unknown')"


def upgrade() -> None:
    op.create_table(
        "faces",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("learnt_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faces")),
    )
    op.create_table(
        "face_links",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("face_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["face_id"], ["faces.id"], name=op.f("fk_face_links_face_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["flat_id"], ["flats.id"], name=op.f("fk_face_links_flat_id")),
        sa.PrimaryKeyConstraint("phone", "event_id", name=op.f("pk_face_links")),
    )
    op.create_index(op.f("ix_face_links_face_id"), "face_links", ["face_id"])
    op.create_index("ix_face_links_flat_id_face_id", "face_links", ["flat_id", "face_id"])
    op.create_table(
        "face_openings",
        sa.Column("domophone_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("door_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Uuid(), nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("face_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_STATES, name=op.f("ck_face_openings_state")),
        sa.CheckConstraint(
            "(state = 'asked') = (finished_at IS NULL)", name=op.f("ck_face_openings_finished")
        ),
        sa.PrimaryKeyConstraint("domophone_id", "door_id", name=op.f("pk_face_openings")),
    )
    op.create_index(op.f("ix_face_openings_asked_at"), "face_openings", ["asked_at"])


def downgrade() -> None:
    op.drop_table("face_openings")
    op.drop_table("face_links")
    op.drop_table("faces")
