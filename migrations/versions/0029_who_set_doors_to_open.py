"""Who set that a flat's doors open by themselves. Nullable columns with small indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_NAMES = ("auto_open_by", "white_rabbit_by")


def upgrade() -> None:
    for name in _NAMES:
        op.add_column("flat_settings", sa.Column(name, sa.Text(), nullable=True))
        where = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_flat_settings_{name}", "flat_settings", [name], postgresql_where=where)


def downgrade() -> None:
    for name in _NAMES:
        op.drop_index(f"ix_flat_settings_{name}", "flat_settings")
        op.drop_column("flat_settings", name)
