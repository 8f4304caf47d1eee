"""Homes as billing knows them, and the inventory of cameras and doors.

New tables only: safe while any earlier code runs.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "billing_copies",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name="pk_billing_copies"),
    )
    op.create_index("ix_billing_copies_fetched_at", "billing_copies", ["fetched_at"])
    op.create_index("ix_billing_copies_lost_at", "billing_copies", ["lost_at"])
    op.create_table(
        "houses",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_houses"),
    )
    op.create_table(
        "flats",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name="fk_flats_house_id"),
        sa.PrimaryKeyConstraint("id", name="pk_flats"),
        sa.UniqueConstraint("id", "house_id", name="uq_flats_id_house_id"),
    )
    op.create_index("ix_flats_house_id", "flats", ["house_id"])
    op.create_table(
        "contracts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("client_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contracts"),
    )
    op.create_table(
        "flat_members",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=True),
        sa.Column("contract_owner", sa.Boolean(), nullable=False),
        sa.Column("flat_owner", sa.Boolean(), nullable=False),
        sa.Column("services", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("unpaid", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "watches",
            sa.Boolean(),
            sa.Computed("'cctv' = ANY (services) AND NOT 'cctv' = ANY (unpaid)", persisted=True),
            nullable=False,
        ),
        sa.Column("has_gates", sa.Boolean(), nullable=False),
        sa.Column("lcab", sa.Text(), nullable=True),
        sa.Column("roommates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name="fk_flat_members_contract_id"
        ),
        sa.ForeignKeyConstraint(
            ["flat_id", "house_id"],
            ["flats.id", "flats.house_id"],
            name="fk_flat_members_flat_id_house_id",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name="fk_flat_members_house_id"),
        sa.PrimaryKeyConstraint("id", name="pk_flat_members"),
        sa.UniqueConstraint(
            "phone",
            "flat_id",
            "contract_id",
            name="uq_flat_members_phone_flat_id_contract_id",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_flat_members_contract_id", "flat_members", ["contract_id"])
    op.create_index("ix_flat_members_flat_id_house_id", "flat_members", ["flat_id", "house_id"])
    op.create_index("ix_flat_members_house_id", "flat_members", ["house_id"])
    op.create_index("ix_flat_members_phone_house_id", "flat_members", ["phone", "house_id"])
    op.create_table(
        "listed_houses",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("cctv", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name="fk_listed_houses_house_id"),
        sa.PrimaryKeyConstraint("phone", "house_id", name="pk_listed_houses"),
    )
    op.create_index("ix_listed_houses_house_id", "listed_houses", ["house_id"])
    op.create_table(
        "media_servers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("hls_mode", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "hls_mode IN ('mpegts', 'fmp4')", name=op.f("ck_media_servers_hls_mode")
        ),
        sa.CheckConstraint(
            "source IN ('inventory', 'billing')", name=op.f("ck_media_servers_source")
        ),
        sa.CheckConstraint(
            "type IN ('flussonic', 'nimble', 'macroscop', 'trassir', 'forpost')",
            name=op.f("ck_media_servers_type"),
        ),
        sa.CheckConstraint("url ~ '^https?://' AND url !~ '/$'", name=op.f("ck_media_servers_url")),
        sa.PrimaryKeyConstraint("id", name="pk_media_servers"),
        sa.UniqueConstraint("name", name="uq_media_servers_name"),
        sa.UniqueConstraint("url", name="uq_media_servers_url"),
    )
    op.create_table(
        "cameras",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_server_id", sa.BigInteger(), nullable=False),
        sa.Column("lat", sa.Text(), nullable=False),
        sa.Column("lon", sa.Text(), nullable=False),
        sa.Column("has_sound", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("lat ~ '^(-?[0-9]{1,2}(\\.[0-9]+)?)?$'", name=op.f("ck_cameras_lat")),
        sa.CheckConstraint("lon ~ '^(-?[0-9]{1,3}(\\.[0-9]+)?)?$'", name=op.f("ck_cameras_lon")),
        sa.CheckConstraint("source IN ('inventory', 'billing')", name=op.f("ck_cameras_source")),
        sa.CheckConstraint("stream <> ''", name=op.f("ck_cameras_stream")),
        sa.ForeignKeyConstraint(
            ["media_server_id"], ["media_servers.id"], name="fk_cameras_media_server_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_cameras"),
        sa.UniqueConstraint("stream", name="uq_cameras_stream"),
    )
    op.create_index("ix_cameras_media_server_id", "cameras", ["media_server_id"])
    op.create_table(
        "camera_links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("camera_id", sa.BigInteger(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("flat_id", sa.BigInteger(), nullable=True),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "source IN ('inventory', 'billing')", name=op.f("ck_camera_links_source")
        ),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name="fk_camera_links_camera_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["flat_id", "house_id"],
            ["flats.id", "flats.house_id"],
            name="fk_camera_links_flat_id_house_id",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name="fk_camera_links_house_id"),
        sa.PrimaryKeyConstraint("id", name="pk_camera_links"),
        sa.UniqueConstraint(
            "camera_id",
            "house_id",
            "flat_id",
            name="uq_camera_links_camera_id_house_id_flat_id",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_camera_links_flat_id_house_id", "camera_links", ["flat_id", "house_id"])
    op.create_index("ix_camera_links_house_id_camera_id", "camera_links", ["house_id", "camera_id"])
    op.create_table(
        "house_cameras",
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('listed', 'unpaid', 'absent')", name=op.f("ck_house_cameras_state")
        ),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name="fk_house_cameras_house_id"),
        sa.PrimaryKeyConstraint("house_id", name="pk_house_cameras"),
    )
    op.create_table(
        "doors",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("domophone_id", sa.BigInteger(), nullable=False),
        sa.Column("door_id", sa.BigInteger(), nullable=False),
        sa.Column("icon", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entrance", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "icon IN ('entrance', 'wicket', 'gate', 'barrier')", name=op.f("ck_doors_icon")
        ),
        sa.CheckConstraint("source IN ('inventory', 'billing')", name=op.f("ck_doors_source")),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name="fk_doors_house_id"),
        sa.PrimaryKeyConstraint("id", name="pk_doors"),
        sa.UniqueConstraint(
            "house_id", "domophone_id", "door_id", name="uq_doors_house_id_domophone_id_door_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("doors")
    op.drop_table("house_cameras")
    op.drop_table("camera_links")
    op.drop_table("cameras")
    op.drop_table("media_servers")
    op.drop_table("listed_houses")
    op.drop_table("flat_members")
    op.drop_table("contracts")
    op.drop_table("flats")
    op.drop_table("houses")
    op.drop_table("billing_copies")
