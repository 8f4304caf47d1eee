"""`flask frs sync`."""

import click

from smartyard.commands import OperatorGroup
from smartyard.errors import DependencyUnavailable
from smartyard.frs.keeping.service import KeepingService


def commands(keeping: KeepingService) -> OperatorGroup:
    group = OperatorGroup("frs", help="Распознавание лиц (FALPRS).")

    @group.command("sync")
    def _sync() -> None:
        """Сообщить FALPRS о камерах и лицах, не дожидаясь расписания.

        Код выхода 1, если что-то не удалось.
        """
        if not keeping.is_there:
            raise click.ClickException("Распознавание лиц не подключено: задайте FRS_URL в .env.")
        try:
            done = keeping.sync(anew=True)
        except DependencyUnavailable as silent:
            raise click.ClickException(
                f"FALPRS не отвечает или отвечает непонятно ({silent}). Проверьте FRS_URL."
            ) from None
        click.echo(
            f"Камер {done.streams}: добавлено {done.added}, убрано лишних {done.removed}."
            f" Забыто лиц: {done.forgotten}."
        )
        if done.left:
            raise click.ClickException(f"Не удалось сообщить: {done.left}. Подробности в журнале.")

    @group.command("forget")
    @click.confirmation_option(
        "--yes", prompt="Удалить все лица всех квартир?", help="Не переспрашивать."
    )
    def _forget() -> None:
        """Удалить у нас все лица. Нужно, если FALPRS потерял свою базу: его номера теперь чужие."""
        click.echo(f"Удалено лиц: {keeping.forget_all()}.")

    return group
