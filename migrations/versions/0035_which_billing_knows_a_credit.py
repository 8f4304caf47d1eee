"""Which billing was told of a credit, and what waits for an operator's word since that changed.

New columns that may be empty: safe while the previous code runs. What our own billing has taken is
a movement of it; whatever else was told before went to the provider's.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_KNOWN = """
    UPDATE credits SET billing = CASE WHEN EXISTS (
        SELECT FROM payments p
        JOIN local_movements m ON m.order_number = p.order_number AND m.refunded_total_kopecks = 0
        WHERE p.id = credits.payment_id
    ) THEN 'local' ELSE 'http' END
    WHERE attempts > 0
"""


def upgrade() -> None:
    op.add_column("credits", sa.Column("billing", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_credits_billing"), "credits", "billing IN ('http', 'local')"
    )
    for table in ("credits", "cancellations"):
        column = sa.Column("held_at", sa.DateTime(timezone=True), nullable=True)
        op.add_column(table, column)
    op.execute(_KNOWN)


def downgrade() -> None:
    for table in ("credits", "cancellations"):
        op.drop_column(table, "held_at")
    op.drop_constraint(op.f("ck_credits_billing"), "credits")
    op.drop_column("credits", "billing")
