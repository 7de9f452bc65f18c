"""Which installation a command run in a folder talks to: what was named, else the one that runs in this folder, else none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import typer

from makegood.config import settings
from makegood.config.settings import Settings
from makegood.errors import UserError
from makegood.local.supervisor import Running, running

DEMO = "demo"
"""Below the directory of an installation: where `makegood demo` lies."""
_SHARED = ("prefix", "group", "directory")
_PORTS = (("gateway", "port"), ("handlers", "health_port"), ("console", "port"))


class NothingRuns(UserError):
    """No Kafka was named, and none of this folder's runs."""

    def __init__(self, given: Settings) -> None:
        super().__init__(
            f"no Makegood runs in {Path.cwd()}, and no Kafka is named: start one with `makegood up` (or `makegood broker up`), "
            "or name yours in makegood.toml (kafka), in MAKEGOOD_KAFKA, or with --kafka HOST:PORT"
        )
        self.given = given


def load(**options: object) -> Settings:
    """The settings for a part that is started here: as `for_asking`, but the ports are its own. Raises UserError, NothingRuns."""
    return _found(options, ports=False)


def load_or_why(**options: object) -> tuple[Settings, NothingRuns | None]:
    """As `load`, for a part that has other things to say first: the settings, and why there is no Kafka in them. Raises UserError."""
    try:
        return load(**options), None
    except NothingRuns as error:
        return error.given, error


def for_asking(*, needs_kafka: bool = True, **options: object) -> Settings:
    """The settings for a command that asks an installation; options that are None were not given. Raises UserError, NothingRuns.

    An option wins over the environment, that over makegood.toml, that over what the installation that runs in this folder told its parts.
    """
    return _found(options, ports=True, needs_kafka=needs_kafka)


def _found(options: dict[str, object], *, ports: bool, needs_kafka: bool = True) -> Settings:
    given = settings.load(**options)
    named = "kafka" in given.model_fields_set
    found = _installation(given)
    if found is not None and found.environment and (not named or given.kafka == found.environment["MAKEGOOD_KAFKA"]):
        return _told_by(found, given, options, ports=ports, say=not named)
    if named or not needs_kafka:
        return given
    if found is not None:
        raise UserError(f"the installation in {found.directory} is still starting: try again once it says where it is")
    if (address := _broker(given)) is None:
        raise NothingRuns(given)
    typer.echo(f"using the broker that runs in this folder: Kafka {address}", err=True)
    return given.model_copy(update={"kafka": address, "kafka_security": "PLAINTEXT"})


def _told_by(found: Running, given: Settings, options: dict[str, object], *, ports: bool, say: bool) -> Settings:
    """The settings, and what they leave open as the installation told its parts."""
    own = found.folder / settings.FILE
    if say and found.folder.resolve() != Path.cwd().resolve() and own.exists():
        given = settings.load(own, **options)  # a demo has a file of its own
    values = {name.removeprefix("MAKEGOOD_").lower(): value for name, value in found.environment.items()}
    if say:
        typer.echo(f"using the installation in {found.directory}: Kafka {values['kafka']}", err=True)
    changed: dict[str, object] = {name: values[name] for name in _SHARED if name not in given.model_fields_set}
    changed |= {"kafka": values["kafka"], "kafka_security": values["kafka_security"]} if say else {}
    if ports:
        changed |= {"health_port": int(values["health_port"])}
        for part, port in _PORTS:
            changed[part] = getattr(given, part).model_copy(update={port: int(values[f"{part}__{port}"])})
    if "directory" in changed:
        changed["directory"] = Path(str(changed["directory"]))
    return given.model_copy(update=changed)


def _installation(given: Settings) -> Running | None:
    """The one that runs here. Raises UserError where there are several."""
    usual, *others = _places(given)
    if (found := running(usual)) is not None:
        return found
    several = {found.directory: found for place in others if (found := running(place)) is not None}
    if len(several) > 1:
        listed = ", ".join(map(str, several))
        raise UserError(f"several installations run in this folder ({listed}): name one in MAKEGOOD_DIRECTORY")
    return next(iter(several.values()), None)


def _places(given: Settings) -> list[Path]:
    """The directory that was named; else those in which an installation of this folder may lie, the usual one first."""
    if "directory" in given.model_fields_set:
        return [given.directory]
    here = Path.cwd()
    return [given.directory, given.directory / DEMO, here, *_children(here, "running.json")]


def _children(here: Path, note: str) -> Iterator[Path]:
    with suppress(OSError):
        yield from sorted(path.parent for path in here.glob(f"*/{note}"))


def _broker(given: Settings) -> str | None:
    """Where a broker listens that was started in this folder by itself."""
    from makegood.local.broker import Cluster

    places = [place / "kafka" for place in _places(given)]
    if "directory" not in given.model_fields_set:
        places += _children(Path.cwd(), "cluster.json")
    for place in places:
        cluster = Cluster.made_in(place)
        if cluster is not None and any(cluster.pid(node) for node in cluster.ports):
            return cluster.bootstrap
    return None
