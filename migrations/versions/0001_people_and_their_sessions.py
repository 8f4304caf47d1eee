"""People, their sessions, one-time codes, and counters.

New tables only: safe while any earlier code runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    op.create_table(
        "limit_counters",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("hits >= 0", name=op.f("ck_limit_counters_hits_not_negative")),
        sa.PrimaryKeyConstraint("key", name="pk_limit_counters"),
    )
    op.create_index("ix_limit_counters_expires_at", "limit_counters", ["expires_at"])
    op.create_table(
        "persons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("patronymic", sa.Text(), nullable=False),
        sa.Column("notify", sa.Boolean(), nullable=False),
        sa.Column("notify_money", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_persons"),
        sa.UniqueConstraint("phone", name="uq_persons_phone"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("device_key", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("push_token", sa.Text(), nullable=True),
        sa.Column("voip_token", sa.Text(), nullable=True),
        sa.Column("push_platform", sa.Text(), nullable=True),
        sa.Column("push_service", sa.Text(), nullable=True),
        sa.Column("push_production", sa.Boolean(), nullable=False),
        sa.Column("push_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_sessions_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_index("ix_sessions_push_token", "sessions", ["push_token"])
    op.create_table(
        "login_codes",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guesses", sa.BigInteger(), nullable=False),
        sa.Column("sms_state", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.LargeBinary(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "sms_state IN ('sending', 'taken', 'unknown')", name=op.f("ck_login_codes_sms_state")
        ),
        sa.CheckConstraint("guesses >= 0", name=op.f("ck_login_codes_guesses_not_negative")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_login_codes_session_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("phone", name="pk_login_codes"),
    )
    op.create_index("ix_login_codes_expires_at", "login_codes", ["expires_at"])
    op.create_index("ix_login_codes_session_id", "login_codes", ["session_id"])


def downgrade() -> None:
    op.drop_table("login_codes")
    op.drop_table("sessions")
    op.drop_table("persons")
    op.drop_table("limit_counters")
    op.drop_table("installation")
