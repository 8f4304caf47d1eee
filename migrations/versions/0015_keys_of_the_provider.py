"""Keys of the provider's programs.

A new table only: nothing is locked, and the previous code goes on without it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_tokens",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("networks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "name ~ '^[a-z0-9][a-z0-9-]{0,49}$'", name=op.f("ck_provider_tokens_name")
        ),
        sa.CheckConstraint("cardinality(scopes) > 0", name=op.f("ck_provider_tokens_scopes")),
        sa.CheckConstraint("cardinality(networks) > 0", name=op.f("ck_provider_tokens_networks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_tokens")),
        sa.UniqueConstraint("name", name=op.f("uq_provider_tokens_name")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_provider_tokens_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("provider_tokens")
