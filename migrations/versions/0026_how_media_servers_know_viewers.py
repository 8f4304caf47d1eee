"""How a media server knows a viewer, and what of it is secret. A default that is no function: its
lock is short, and the code of before leaves both columns alone. The check reads a table of a
few rows."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "media_servers", sa.Column("auth", sa.Text(), server_default="token", nullable=False)
    )
    op.add_column("media_servers", sa.Column("secret", sa.LargeBinary()))
    op.create_check_constraint(
        op.f("ck_media_servers_auth"), "media_servers", "auth IN ('token', 'securetoken')"
    )


def downgrade() -> None:
    op.drop_column("media_servers", "secret")
    op.drop_column("media_servers", "auth")
