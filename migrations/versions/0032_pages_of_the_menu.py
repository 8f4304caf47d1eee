"""The operator's pages in the menus of the apps. A new table only."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "extensions",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("icon", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("highlight", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name ~ '^[a-z0-9][a-z0-9-]{0,39}$'", name=op.f("ck_extensions_name")),
        sa.CheckConstraint(
            "icon ~ '^data:image/(png|jpeg);base64,'", name=op.f("ck_extensions_icon")
        ),
        sa.CheckConstraint("caption <> '' AND html <> ''", name=op.f("ck_extensions_filled")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_extensions")),
    )


def downgrade() -> None:
    op.drop_table("extensions")
