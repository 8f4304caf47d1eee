"""What flats set of their intercoms, and the codes that open their doors. New tables only."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flat_settings",
        sa.Column("flat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code_enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("handset", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("auto_open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("white_rabbit", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paper_bill", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("log", sa.Text(), server_default="all", nullable=False),
        sa.Column("faces_off", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("code_reset_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "white_rabbit IN (0, 1, 2, 3, 5, 7, 10)", name=op.f("ck_flat_settings_white_rabbit")
        ),
        sa.CheckConstraint(
            "log IN ('all', 'owner', 'none', 'forbidden')", name=op.f("ck_flat_settings_log")
        ),
        sa.ForeignKeyConstraint(["flat_id"], ["flats.id"], name=op.f("fk_flat_settings_flat_id")),
        sa.PrimaryKeyConstraint("flat_id", name=op.f("pk_flat_settings")),
    )
    op.create_table(
        "door_codes",
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("code BETWEEN 1000 AND 99999999", name=op.f("ck_door_codes_code")),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name=op.f("fk_door_codes_house_id")),
        sa.ForeignKeyConstraint(["flat_id"], ["flats.id"], name=op.f("fk_door_codes_flat_id")),
        sa.PrimaryKeyConstraint("house_id", "code", name=op.f("pk_door_codes")),
    )
    op.create_index(
        "ix_door_codes_flat_id_current",
        "door_codes",
        ["flat_id"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_index(op.f("ix_door_codes_flat_id"), "door_codes", ["flat_id"])
    op.create_index(op.f("ix_door_codes_replaced_at"), "door_codes", ["replaced_at"])
    op.create_table(
        "flat_calls",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("rings", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["flat_id"], ["flats.id"], name=op.f("fk_flat_calls_flat_id")),
        sa.PrimaryKeyConstraint("phone", "flat_id", name=op.f("pk_flat_calls")),
    )
    op.create_index(op.f("ix_flat_calls_flat_id"), "flat_calls", ["flat_id"])


def downgrade() -> None:
    for table in ("flat_calls", "door_codes", "flat_settings"):
        op.drop_table(table)
