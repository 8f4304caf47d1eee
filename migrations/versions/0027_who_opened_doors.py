"""Whom billing let open doors, and from whom it took them. Nullable columns and small indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_NAMES = ("opened_at", "doors_lost_at")


def upgrade() -> None:
    for name in _NAMES:
        column = sa.Column(name, sa.DateTime(timezone=True), nullable=True)
        op.add_column("billing_copies", column)
        op.create_index(op.f(f"ix_billing_copies_{name}"), "billing_copies", [name])


def downgrade() -> None:
    for name in _NAMES:
        op.drop_index(op.f(f"ix_billing_copies_{name}"), "billing_copies")
        op.drop_column("billing_copies", name)
