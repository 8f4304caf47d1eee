"""What was asked of doors, and the QR codes of flats.

New tables only: safe while the code of before runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "door_openings",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("domophone_id", sa.BigInteger(), nullable=False),
        sa.Column("door_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Uuid(), nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'opened', 'refused', 'unreachable', 'unknown')",
            name=op.f("ck_door_openings_state"),
        ),
        sa.CheckConstraint(
            "(state = 'asked') = (finished_at IS NULL)", name=op.f("ck_door_openings_finished")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_door_openings_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "session_id", "domophone_id", "door_id", name=op.f("pk_door_openings")
        ),
    )
    op.create_index("ix_door_openings_asked_at", "door_openings", ["asked_at"])
    op.create_table(
        "flat_qr_codes",
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["flat_id"], ["flats.id"], name=op.f("fk_flat_qr_codes_flat_id")),
        sa.PrimaryKeyConstraint("flat_id", name=op.f("pk_flat_qr_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_flat_qr_codes_code_hash")),
    )


def downgrade() -> None:
    op.drop_table("flat_qr_codes")
    op.drop_table("door_openings")
