"""The address book, what is offered at each house, and what an outside geocoder said.

New tables only: safe while any earlier code runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "geo_locations",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_geo_locations"),
    )
    op.create_table(
        "geo_streets",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["geo_locations.id"], name="fk_geo_streets_location_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_geo_streets"),
    )
    op.create_index("ix_geo_streets_location_id", "geo_streets", ["location_id"])
    _add_houses()
    _add_geocoder()


def _add_houses() -> None:
    op.create_table(
        "geo_houses",
        sa.Column("house_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("street_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("lat", sa.Text(), nullable=False),
        sa.Column("lon", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("bare_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name="fk_geo_houses_house_id"),
        sa.ForeignKeyConstraint(["street_id"], ["geo_streets.id"], name="fk_geo_houses_street_id"),
        sa.PrimaryKeyConstraint("house_id", name="pk_geo_houses"),
    )
    for column in ("street_id", "key", "bare_key"):
        op.create_index(f"ix_geo_houses_{column}", "geo_houses", [column])
    op.create_table(
        "geo_offers",
        sa.Column("house_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("by_default", sa.Boolean(), nullable=False),
        sa.Column("can_change", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "service IN ('internet', 'iptv', 'ctv', 'phone', 'cctv', 'domophone', 'gsm')",
            name=op.f("ck_geo_offers_service"),
        ),
        sa.ForeignKeyConstraint(
            ["house_id"],
            ["geo_houses.house_id"],
            name="fk_geo_offers_house_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("house_id", "service", name="pk_geo_offers"),
    )


def _add_geocoder() -> None:
    op.create_table(
        "geocoder_answers",
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("lat", sa.Text(), nullable=True),
        sa.Column("lon", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("query", name="pk_geocoder_answers"),
    )
    op.create_index("ix_geocoder_answers_expires_at", "geocoder_answers", ["expires_at"])
    op.create_table(
        "geocoder_turns",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_geocoder_turns_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_geocoder_turns"),
    )


def downgrade() -> None:
    for table in (
        "geocoder_turns",
        "geocoder_answers",
        "geo_offers",
        "geo_houses",
        "geo_streets",
        "geo_locations",
    ):
        op.drop_table(table)
