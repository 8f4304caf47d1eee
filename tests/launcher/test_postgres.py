"""The cluster that the suite and `make run` start."""

import sqlalchemy as sa

from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import engine_of


def test_listens_on_a_socket_only(database_cluster: Cluster) -> None:
    engine = engine_of(database_cluster, "postgres", poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SHOW listen_addresses")) == ""
        assert connection.scalar(sa.text("SHOW server_encoding")) == "UTF8"
        assert connection.scalar(sa.text("SELECT lower('ЖЭК')")) == "жэк"
