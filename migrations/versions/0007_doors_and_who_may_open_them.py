"""Intercom panels, entrances, keys, guests, blocks and the audit.

Columns with defaults, new tables, and `watches` made anew (a rewrite of one small table): the code
of before goes on, since a guest is somebody it would show as billing's.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_entrances()
    _add_guests()
    _add_panels()
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"])


def _add_entrances() -> None:
    op.create_table(
        "entrances",
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name=op.f("fk_entrances_house_id")),
        sa.PrimaryKeyConstraint("house_id", "name", name=op.f("pk_entrances")),
    )
    op.execute(
        "INSERT INTO entrances SELECT DISTINCT house_id, entrance FROM doors"
        " WHERE entrance IS NOT NULL"
    )
    op.add_column("flats", sa.Column("entrance", sa.Text(), nullable=True))
    for table in ("flats", "doors"):
        op.create_foreign_key(
            op.f(f"fk_{table}_house_id_entrance"),
            table,
            "entrances",
            ["house_id", "entrance"],
            ["house_id", "name"],
        )


def _add_guests() -> None:
    op.add_column(
        "flat_members",
        sa.Column("source", sa.Text(), server_default="billing", nullable=False),
    )
    op.add_column(
        "flat_members", sa.Column("kind", sa.Text(), server_default="inner", nullable=False)
    )
    op.execute("UPDATE flat_members SET kind = 'owner' WHERE flat_owner")
    op.add_column("flat_members", sa.Column("granted_by", sa.Text(), nullable=True))
    for name in ("expires_at", "granted_at"):
        op.add_column("flat_members", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_flat_members_source"), "flat_members", "source IN ('billing', 'grant')"
    )
    op.create_check_constraint(
        op.f("ck_flat_members_kind"), "flat_members", "kind IN ('owner', 'inner', 'outer')"
    )
    op.create_check_constraint(
        op.f("ck_flat_members_grant"),
        "flat_members",
        "source = 'grant' AND granted_by IS NOT NULL AND contract_id IS NULL"
        " OR source = 'billing' AND expires_at IS NULL AND kind <> 'outer'",
    )
    op.drop_constraint("uq_flat_members_phone_flat_id_contract_id", "flat_members")
    op.create_unique_constraint(
        op.f("uq_flat_members_phone_flat_id_contract_id_source"),
        "flat_members",
        ["phone", "flat_id", "contract_id", "source"],
        postgresql_nulls_not_distinct=True,
    )
    _watches("'cctv' = ANY (services) AND NOT 'cctv' = ANY (unpaid) AND kind <> 'outer'")
    op.create_table(
        "flat_leaves",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("put_out_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["flat_id"], ["flats.id"], name=op.f("fk_flat_leaves_flat_id")),
        sa.PrimaryKeyConstraint("phone", "flat_id", name=op.f("pk_flat_leaves")),
    )
    op.create_index(op.f("ix_flat_leaves_flat_id"), "flat_leaves", ["flat_id"])
    op.create_table(
        "flat_blocks",
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "service IN ('all', 'doors', 'cctv', 'log', 'calls')",
            name=op.f("ck_flat_blocks_service"),
        ),
        sa.CheckConstraint("source IN ('operator', 'debt')", name=op.f("ck_flat_blocks_source")),
        sa.CheckConstraint("cause <> ''", name=op.f("ck_flat_blocks_cause")),
        sa.ForeignKeyConstraint(["flat_id"], ["flats.id"], name=op.f("fk_flat_blocks_flat_id")),
        sa.PrimaryKeyConstraint("flat_id", "service", "source", name=op.f("pk_flat_blocks")),
    )
    op.create_table(
        "contract_flats",
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_contract_flats_contract_id")
        ),
        sa.ForeignKeyConstraint(["flat_id"], ["flats.id"], name=op.f("fk_contract_flats_flat_id")),
        sa.PrimaryKeyConstraint("contract_id", "flat_id", name=op.f("pk_contract_flats")),
    )
    op.create_index(op.f("ix_contract_flats_flat_id"), "contract_flats", ["flat_id"])


def _watches(rule: str) -> None:
    op.drop_column("flat_members", "watches")
    op.add_column(
        "flat_members",
        sa.Column("watches", sa.Boolean(), sa.Computed(rule, persisted=True), nullable=False),
    )


def _add_panels() -> None:
    op.create_table(
        "panels",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("sip_number", sa.Text(), nullable=True),
        sa.Column("dtmf", sa.Text(), nullable=False),
        sa.Column("syslog_ip", sa.Text(), nullable=True),
        sa.Column("camera_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "model IN ('none', 'beward', 'sokol', 'url')", name=op.f("ck_panels_model")
        ),
        sa.CheckConstraint("method IN ('GET', 'PUT', 'POST')", name=op.f("ck_panels_method")),
        sa.CheckConstraint("(model = 'none') = (address = '')", name=op.f("ck_panels_address")),
        sa.CheckConstraint(
            "address = '' OR address ~ '^https?://[^ ]+$'", name=op.f("ck_panels_address_url")
        ),
        sa.CheckConstraint("dtmf ~ '^[0-9*#]{1,4}$'", name=op.f("ck_panels_dtmf")),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_panels_camera_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panels")),
        sa.UniqueConstraint("sip_number", name=op.f("uq_panels_sip_number")),
        sa.UniqueConstraint("syslog_ip", name=op.f("uq_panels_syslog_ip")),
    )
    op.create_index(op.f("ix_panels_camera_id"), "panels", ["camera_id"])
    # Doors of the inventory were numbers of panels that nobody described.
    op.execute(
        "INSERT INTO panels (id, name, model, address, method, dtmf)"
        " SELECT DISTINCT domophone_id, '', 'none', '', 'GET', '1' FROM doors"
        " WHERE source = 'inventory'"
    )
    op.add_column(
        "doors",
        sa.Column(
            "panel_id",
            sa.BigInteger(),
            sa.Computed("CASE WHEN source = 'inventory' THEN domophone_id END", persisted=True),
            nullable=True,
        ),
    )
    op.create_foreign_key(op.f("fk_doors_panel_id"), "doors", "panels", ["panel_id"], ["id"])
    op.create_index(op.f("ix_doors_domophone_id"), "doors", ["domophone_id"])
    op.create_check_constraint(op.f("ck_doors_door_id"), "doors", "door_id BETWEEN 0 AND 99")
    op.create_table(
        "keys",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("code ~ '^[0-9A-F]{14}$'", name=op.f("ck_keys_code")),
        sa.ForeignKeyConstraint(["flat_id"], ["flats.id"], name=op.f("fk_keys_flat_id")),
        sa.PrimaryKeyConstraint("code", "flat_id", name=op.f("pk_keys")),
    )
    op.create_index(op.f("ix_keys_flat_id"), "keys", ["flat_id"])


def downgrade() -> None:
    op.drop_table("keys")
    op.drop_constraint(op.f("ck_doors_door_id"), "doors")
    op.drop_index(op.f("ix_doors_domophone_id"), "doors")
    op.drop_constraint(op.f("fk_doors_panel_id"), "doors")
    op.drop_column("doors", "panel_id")
    op.drop_table("panels")
    op.drop_table("contract_flats")
    op.drop_table("flat_blocks")
    op.drop_table("flat_leaves")
    op.execute("DELETE FROM flat_members WHERE source = 'grant'")
    _watches("'cctv' = ANY (services) AND NOT 'cctv' = ANY (unpaid)")
    op.drop_constraint(op.f("uq_flat_members_phone_flat_id_contract_id_source"), "flat_members")
    op.create_unique_constraint(
        "uq_flat_members_phone_flat_id_contract_id",
        "flat_members",
        ["phone", "flat_id", "contract_id"],
        postgresql_nulls_not_distinct=True,
    )
    for name in ("grant", "kind", "source"):
        op.drop_constraint(op.f(f"ck_flat_members_{name}"), "flat_members")
    for name in ("granted_at", "granted_by", "expires_at", "kind", "source"):
        op.drop_column("flat_members", name)
    for table in ("doors", "flats"):
        op.drop_constraint(op.f(f"fk_{table}_house_id_entrance"), table)
    op.drop_column("flats", "entrance")
    op.drop_table("entrances")
    op.drop_table("audit")
