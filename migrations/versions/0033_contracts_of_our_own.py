"""Contracts of which we are the master (BILLING=local), and who lost something by a batch.

New tables only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_SERVICES = "'internet', 'iptv', 'ctv', 'phone', 'cctv', 'domophone', 'gsm', 'hcs'"


def upgrade() -> None:
    _add_contracts()
    _add_movements()
    op.create_table(
        "losses",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "contract_id", name=op.f("pk_losses")),
    )
    op.create_index(op.f("ix_losses_lost_at"), "losses", ["lost_at"])


def _add_contracts() -> None:
    op.create_table(
        "local_contracts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("client_name", sa.Text(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("balance_kopecks", sa.BigInteger(), nullable=False),
        sa.Column("password_mac", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "balance_kopecks BETWEEN -9007199254740991 AND 9007199254740991",
            name=op.f("ck_local_contracts_balance"),
        ),
        sa.CheckConstraint("id <> ''", name=op.f("ck_local_contracts_id")),
        sa.ForeignKeyConstraint(["id"], ["contracts.id"], name=op.f("fk_local_contracts_id")),
        sa.ForeignKeyConstraint(
            ["flat_id", "house_id"],
            ["flats.id", "flats.house_id"],
            name=op.f("fk_local_contracts_flat_id_house_id"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_contracts")),
    )
    op.create_index(
        "ix_local_contracts_flat_id_house_id", "local_contracts", ["flat_id", "house_id"]
    )
    op.create_table(
        "local_phones",
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("is_owner", sa.Boolean(), nullable=False),
        sa.CheckConstraint("phone ~ '^7[0-9]{10}$'", name=op.f("ck_local_phones_phone")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["local_contracts.id"], name=op.f("fk_local_phones_contract_id")
        ),
        sa.PrimaryKeyConstraint("contract_id", "phone", name=op.f("pk_local_phones")),
    )
    op.create_index(op.f("ix_local_phones_phone"), "local_phones", ["phone"])
    op.create_table(
        "local_services",
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("paid_until", sa.Date(), nullable=True),
        sa.CheckConstraint(f"service IN ({_SERVICES})", name=op.f("ck_local_services_service")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["local_contracts.id"], name=op.f("fk_local_services_contract_id")
        ),
        sa.PrimaryKeyConstraint("contract_id", "service", name=op.f("pk_local_services")),
    )


def _add_movements() -> None:
    op.create_table(
        "local_movements",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kopecks", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column("refunded_total_kopecks", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kopecks <> 0", name=op.f("ck_local_movements_kopecks")),
        sa.CheckConstraint(
            "(order_number IS NULL) = (refunded_total_kopecks IS NULL)",
            name=op.f("ck_local_movements_order"),
        ),
        sa.CheckConstraint(
            "order_number IS NULL OR (refunded_total_kopecks = 0) = (kopecks > 0)",
            name=op.f("ck_local_movements_refund"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["local_contracts.id"], name=op.f("fk_local_movements_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_movements")),
        sa.UniqueConstraint(
            "order_number",
            "refunded_total_kopecks",
            name=op.f("uq_local_movements_order_number_refunded_total_kopecks"),
        ),
    )
    op.create_index(op.f("ix_local_movements_contract_id"), "local_movements", ["contract_id"])


def downgrade() -> None:
    for table in (
        "losses",
        "local_movements",
        "local_services",
        "local_phones",
        "local_contracts",
    ):
        op.drop_table(table)
