"""Devices, doors and rights by a provider's numbers.

New tables; two checks and a computed column of `doors` are made anew (a rewrite of a small table).
The code of before goes on: a door or a link with the new source is one it shows as the inventory's.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TWO = "source IN ('inventory', 'billing')"
_THREE = "source IN ('inventory', 'billing', 'provider')"


def upgrade() -> None:
    _sources(_THREE, "source <> 'billing'")
    _add_devices()
    op.create_table(
        "contract_rights",
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_contract_rights_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["provider_devices.id"],
            name=op.f("fk_contract_rights_device_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contract_id", "device_id", name=op.f("pk_contract_rights")),
    )
    op.create_index(op.f("ix_contract_rights_device_id"), "contract_rights", ["device_id"])
    op.create_table(
        "door_rights",
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("domophone_id", sa.BigInteger(), nullable=False),
        sa.Column("door_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["flat_id"], ["flats.id"], name=op.f("fk_door_rights_flat_id")),
        sa.ForeignKeyConstraint(
            ["domophone_id"],
            ["panels.id"],
            name=op.f("fk_door_rights_domophone_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "flat_id", "domophone_id", "door_id", name=op.f("pk_door_rights")
        ),
    )
    op.create_index(op.f("ix_door_rights_domophone_id"), "door_rights", ["domophone_id"])


def _add_devices() -> None:
    op.create_table(
        "provider_devices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False, server_default=""),
        sa.Column("address", sa.Text(), nullable=False, server_default=""),
        sa.Column("url", sa.Text(), nullable=False, server_default=""),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("camera_id", sa.BigInteger(), nullable=True),
        sa.Column("panel_id", sa.BigInteger(), nullable=True),
        sa.Column("told", postgresql.JSONB(), nullable=False, server_default="{}"),
        sa.CheckConstraint("type IN (1, 2, 3)", name=op.f("ck_provider_devices_type")),
        sa.CheckConstraint(
            "(type = 3) = (camera_id IS NULL)", name=op.f("ck_provider_devices_camera")
        ),
        sa.CheckConstraint(
            "type <> 3 OR panel_id IS NULL", name=op.f("ck_provider_devices_panel")
        ),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["cameras.id"],
            name=op.f("fk_provider_devices_camera_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["panel_id"],
            ["panels.id"],
            name=op.f("fk_provider_devices_panel_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_devices")),
        sa.UniqueConstraint("camera_id", name=op.f("uq_provider_devices_camera_id")),
        sa.UniqueConstraint("panel_id", name=op.f("uq_provider_devices_panel_id")),
    )
    op.create_index(op.f("ix_provider_devices_address"), "provider_devices", ["address"])
    op.create_table(
        "provider_doors",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("device_id", sa.BigInteger(), nullable=False),
        sa.Column("cam_id", sa.BigInteger(), nullable=True),
        sa.Column("panel_id", sa.BigInteger(), nullable=False),
        sa.Column("output", sa.BigInteger(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("icon", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entrance", sa.Text(), nullable=True),
        sa.Column("open", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "icon IN ('entrance', 'wicket', 'gate', 'barrier')", name=op.f("ck_provider_doors_icon")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["provider_devices.id"],
            name=op.f("fk_provider_doors_device_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["cam_id"],
            ["provider_devices.id"],
            name=op.f("fk_provider_doors_cam_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["panel_id"],
            ["panels.id"],
            name=op.f("fk_provider_doors_panel_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_doors")),
        sa.UniqueConstraint("panel_id", "output", name=op.f("uq_provider_doors_panel_id_output")),
    )
    op.create_index(op.f("ix_provider_doors_device_id"), "provider_doors", ["device_id"])
    op.create_index(op.f("ix_provider_doors_cam_id"), "provider_doors", ["cam_id"])


def _sources(known: str, has_panel: str) -> None:
    for table in ("camera_links", "doors"):
        op.drop_constraint(op.f(f"ck_{table}_source"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_source"), table, known)
    op.drop_column("doors", "panel_id")
    op.add_column(
        "doors",
        sa.Column(
            "panel_id",
            sa.BigInteger(),
            sa.Computed(f"CASE WHEN {has_panel} THEN domophone_id END", persisted=True),
            nullable=True,
        ),
    )
    op.create_foreign_key(op.f("fk_doors_panel_id"), "doors", "panels", ["panel_id"], ["id"])


def downgrade() -> None:
    for table in ("door_rights", "contract_rights", "provider_doors", "provider_devices"):
        op.drop_table(table)
    for table in ("camera_links", "doors"):
        op.execute(f"DELETE FROM {table} WHERE source = 'provider'")
    _sources(_TWO, "source = 'inventory'")
