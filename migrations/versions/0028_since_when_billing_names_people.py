"""Since when billing names somebody in a flat; who gave and who put out can be searched by. A
nullable column and two indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("flat_members", sa.Column("named_at", sa.DateTime(timezone=True), nullable=True))
    for table, name in (("flat_members", "granted_by"), ("flat_leaves", "put_out_by")):
        op.create_index(
            f"ix_{table}_{name}",
            table,
            [name],
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )


def downgrade() -> None:
    op.drop_index("ix_flat_leaves_put_out_by", "flat_leaves")
    op.drop_index("ix_flat_members_granted_by", "flat_members")
    op.drop_column("flat_members", "named_at")
