"""Keys that panels are yet to be told of. A new table."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "panel_keys",
        sa.Column("panel_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("change", sa.Uuid(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["panels.id"], name=op.f("fk_panel_keys_panel_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("panel_id", "code", name=op.f("pk_panel_keys")),
    )


def downgrade() -> None:
    op.drop_table("panel_keys")
