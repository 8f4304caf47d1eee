"""`flask qr make`: QR codes of flats, for printing. The words are for the operator, in Russian."""

import csv
import getpass
import sys

import click

from smartyard.commands import OperatorGroup
from smartyard.qr.service import QrService


def commands(codes: QrService) -> OperatorGroup:
    """The command group, for `cli.install`."""
    group = OperatorGroup("qr", help="QR-коды квартир.")

    @group.command("make")
    @click.option("--flat", type=int, metavar="ID", help="Код одной квартиры.")
    @click.option("--house", type=int, metavar="ID", help="Коды всех квартир дома.")
    def _make(flat: int | None, house: int | None) -> None:
        """Сделать новые QR-коды и напечатать их в CSV (flat,code). Прежние коды перестают
        действовать; второй раз эти коды не показать."""
        if (flat is None) == (house is None):
            raise click.UsageError("Укажите --flat или --house.")
        made = codes.make(f"cli:{getpass.getuser()}", house_id=house, flat_id=flat)
        if not made:
            raise click.ClickException("Таких квартир в реестре нет.")
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["flat", "code"])
        writer.writerows(made.items())

    return group
