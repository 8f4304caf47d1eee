"""Tickets, what was said and done about each, and how it went on to those outside.

New tables only: safe while any earlier code runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_tickets()
    op.create_table(
        "ticket_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('created', 'comment', 'delivery', 'closure', 'answer', 'move')",
            name=op.f("ck_ticket_steps_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name="fk_ticket_steps_ticket_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_steps"),
    )
    op.create_index("ix_ticket_steps_ticket_id", "ticket_steps", ["ticket_id"])
    op.create_table(
        "ticket_repeats",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name="fk_ticket_repeats_ticket_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_ticket_repeats"),
    )
    op.create_index("ix_ticket_repeats_ticket_id", "ticket_repeats", ["ticket_id"])
    op.create_index("ix_ticket_repeats_expires_at", "ticket_repeats", ["expires_at"])
    _add_handings()


def _add_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False, start=1001), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("lat", sa.Text(), nullable=True),
        sa.Column("lon", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('requestCallback', 'requestFragment', 'requestCredentials', 'removeAddress',"
            " 'connectServicesNoCommon', 'connectServicesHasCommon', 'connectServicesNoNetwork',"
            " 'requestQRCodeOffice', 'requestQRCodeCourier')",
            name=op.f("ck_tickets_kind"),
        ),
        sa.CheckConstraint("state IN ('new', 'work', 'closed')", name=op.f("ck_tickets_state")),
        sa.CheckConstraint("delivery IN ('office', 'courier')", name=op.f("ck_tickets_delivery")),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_tickets_closed_at")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
    )
    op.create_index("ix_tickets_phone_state", "tickets", ["phone", "state"])
    op.create_index("ix_tickets_closed_at", "tickets", ["closed_at"])


def _add_handings() -> None:
    op.create_table(
        "ticket_handings",
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "channel IN ('mail', 'webhook')", name=op.f("ck_ticket_handings_channel")
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["ticket_steps.id"], name="fk_ticket_handings_step_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("step_id", "channel", name="pk_ticket_handings"),
    )
    op.create_index(
        "ix_ticket_handings_next_at",
        "ticket_handings",
        ["next_at"],
        postgresql_where=sa.text("taken_at IS NULL"),
    )


def downgrade() -> None:
    for table in ("ticket_handings", "ticket_repeats", "ticket_steps", "tickets"):
        op.drop_table(table)
