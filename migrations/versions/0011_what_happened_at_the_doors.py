"""What happened at the doors, partitioned by month, and the senders' own numbers of it.

New tables only. The months are made by the worker (`smartyard/events/months.py`); until it has,
rows lie in `events_default`.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_KINDS = (
    "'call_missed', 'call_answered', 'key', 'app', 'face', 'code', 'gate_call', 'plate', 'exit',"
    " 'motion'"
)
_SHOWN = (
    "flat_id IS NOT NULL AND kind IN ('call_missed', 'call_answered', 'key', 'app', 'face', 'code',"
    " 'gate_call', 'plate') AND (kind IN ('call_missed', 'call_answered') OR opened IS NOT FALSE)"
)


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("domophone_id", sa.BigInteger(), nullable=True),
        sa.Column("door_id", sa.BigInteger(), nullable=True),
        sa.Column("house_id", sa.BigInteger(), nullable=True),
        sa.Column("flat_id", sa.BigInteger(), nullable=True),
        sa.Column("camera_id", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("called", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("plate", sa.Text(), nullable=True),
        sa.Column("face", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("picture", sa.Text(), nullable=True),
        sa.Column("shown", sa.Boolean(), sa.Computed(_SHOWN, persisted=True), nullable=False),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_events_kind")),
        sa.PrimaryKeyConstraint("id", "at", name=op.f("pk_events")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index(
        "ix_events_flat_id_at",
        "events",
        ["flat_id", "at"],
        postgresql_include=["kind"],
        postgresql_where=sa.text("shown"),
    )
    op.execute("CREATE TABLE events_default PARTITION OF events DEFAULT")
    op.create_table(
        "event_marks",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "external_id", name=op.f("pk_event_marks")),
    )
    op.create_index(op.f("ix_event_marks_noted_at"), "event_marks", ["noted_at"])


def downgrade() -> None:
    op.drop_table("event_marks")
    op.drop_table("events")
