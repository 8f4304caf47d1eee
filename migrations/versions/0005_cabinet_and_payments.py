"""Copies of accounts, and the ledger of payments with its guard.

New tables only: safe while any earlier code runs. The trigger holds the machine of states of
`smartyard/ledger/states.py`, whatever code or hand changes a payment, and keeps every change.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

HISTORY = """
CREATE FUNCTION payments_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.state = OLD.state THEN
            RETURN NULL;
        END IF;
        IF (OLD.state, NEW.state) NOT IN (
            ('new', 'registered'), ('new', 'held'), ('new', 'paid'), ('new', 'declined'), ('new', 'expired'), ('new', 'reversed'), ('new', 'review'),
            ('registered', 'held'), ('registered', 'paid'), ('registered', 'declined'), ('registered', 'expired'), ('registered', 'reversed'), ('registered', 'review'),
            ('held', 'paid'), ('held', 'declined'), ('held', 'expired'), ('held', 'reversed'), ('held', 'review'),
            ('declined', 'registered'), ('declined', 'held'), ('declined', 'paid'), ('declined', 'expired'), ('declined', 'reversed'), ('declined', 'review'),
            ('expired', 'registered'), ('expired', 'held'), ('expired', 'paid'), ('expired', 'declined'), ('expired', 'reversed'), ('expired', 'review'),
            ('review', 'held'), ('review', 'paid'), ('review', 'declined'), ('review', 'reversed'),
            ('paid', 'credited'),
            ('credited', 'refunded'), ('credited', 'reversed')
        ) THEN
            RAISE EXCEPTION 'payment %: % may not follow %', NEW.id, NEW.state, OLD.state
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    INSERT INTO payment_events (payment_id, at, before, after, cause)
    VALUES (NEW.id, NEW.updated_at, CASE TG_OP WHEN 'UPDATE' THEN OLD.state END,
            NEW.state, NEW.cause);
    RETURN NULL;
END $$;
CREATE TRIGGER payments_keep_history AFTER INSERT OR UPDATE OF state ON payments
    FOR EACH ROW EXECUTE FUNCTION payments_keep_history();
"""


def upgrade() -> None:
    op.create_table(
        "account_copies",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("addresses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("phone", name="pk_account_copies"),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("bank_order_id", sa.Text(), nullable=True),
        sa.Column("form_url", sa.Text(), nullable=True),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("amount_kopecks", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("refunded_kopecks", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('new', 'registered', 'held', 'paid', 'credited', 'declined', 'expired', 'reversed', 'refunded', 'review')",
            name=op.f("ck_payments_state"),
        ),
        sa.CheckConstraint("amount_kopecks > 0", name=op.f("ck_payments_amount_positive")),
        sa.CheckConstraint(
            "refunded_kopecks BETWEEN 0 AND amount_kopecks",
            name=op.f("ck_payments_refunded_within_amount"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("bank_order_id", name="uq_payments_bank_order_id"),
        sa.UniqueConstraint("order_number", name="uq_payments_order_number"),
    )
    op.create_index(
        "ix_payments_ask_at", "payments", ["ask_at"], postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.create_index("ix_payments_contract_id", "payments", ["contract_id"])
    op.create_index("ix_payments_created_at", "payments", ["created_at"])
    op.create_index("ix_payments_phone", "payments", ["phone"])
    op.create_table(
        "cancellations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("refunded_total_kopecks", sa.BigInteger(), nullable=False),
        sa.Column("amount_kopecks", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('refund', 'reverse')", name=op.f("ck_cancellations_kind")),
        sa.CheckConstraint("amount_kopecks > 0", name=op.f("ck_cancellations_amount_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name="fk_cancellations_payment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_cancellations"),
        sa.UniqueConstraint(
            "payment_id",
            "refunded_total_kopecks",
            name="uq_cancellations_payment_id_refunded_total_kopecks",
        ),
    )
    op.create_index(
        "ix_cancellations_next_at",
        "cancellations",
        ["next_at"],
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.create_table(
        "credits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_credits_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_credits"),
        sa.UniqueConstraint("payment_id", name="uq_credits_payment_id"),
    )
    op.create_index(
        "ix_credits_next_at", "credits", ["next_at"], postgresql_where=sa.text("told_at IS NULL")
    )
    op.create_table(
        "payment_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name="fk_payment_events_payment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_events"),
    )
    op.create_index("ix_payment_events_payment_id", "payment_events", ["payment_id"])
    op.create_table(
        "prepare_intents",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("claim", sa.Uuid(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name="fk_prepare_intents_payment_id"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_prepare_intents"),
    )
    op.create_index("ix_prepare_intents_created_at", "prepare_intents", ["created_at"])
    op.create_index("ix_prepare_intents_payment_id", "prepare_intents", ["payment_id"])
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_kopecks", sa.BigInteger(), nullable=False),
        sa.Column("refunded_before_kopecks", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("amount_kopecks > 0", name=op.f("ck_refunds_amount_positive")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_refunds_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
    )
    op.create_index("ix_refunds_payment_id", "refunds", ["payment_id"])
    op.create_index(
        "uq_refunds_one_without_answer",
        "refunds",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.get_bind().exec_driver_sql(HISTORY.replace("%", "%%"))


def downgrade() -> None:
    op.drop_table("refunds")
    op.drop_table("prepare_intents")
    op.drop_table("payment_events")
    op.drop_table("credits")
    op.drop_table("cancellations")
    op.drop_table("payments")
    op.drop_table("account_copies")
    op.execute("DROP FUNCTION payments_keep_history()")
