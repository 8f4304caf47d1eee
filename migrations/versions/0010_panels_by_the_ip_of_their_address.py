"""The IP in a panel's address, kept by PostgreSQL, for lines that come from that IP.

A computed column rewrites the table, which has a row for each intercom panel: a moment.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "panels",
        sa.Column(
            "address_ip",
            sa.Text(),
            sa.Computed(
                r"coalesce("
                r"substring(address from '^https?://([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)([:/?]|$)'),"
                r" substring(lower(address) from '^https?://\[([0-9a-f:.]+)\]'))",
                persisted=True,
            ),
            nullable=True,
        ),
    )
    op.create_index(op.f("ix_panels_address_ip"), "panels", ["address_ip"])


def downgrade() -> None:
    op.drop_index(op.f("ix_panels_address_ip"), "panels")
    op.drop_column("panels", "address_ip")
