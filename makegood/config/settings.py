"""Settings of every process: defaults for one machine, overridden by makegood.toml, then by the environment, then by options."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from console.settings import ConsoleSettings
from gateway.settings import GatewaySettings
from handlers.settings import HandlerSettings
from makegood.config import setting_names
from makegood.config.toml_lines import lines_of
from makegood.errors import UserError
from makegood.kafka import Connection, Security
from schemas.topics import INPUTS
from streams.engine.settings import EngineSettings

FILE = "makegood.toml"


class Settings(BaseSettings):
    """Each has an environment variable MAKEGOOD_<NAME> and a line in makegood.toml; those of a part MAKEGOOD_<PART>__<NAME>, and a table."""

    model_config = SettingsConfigDict(env_prefix="MAKEGOOD_", env_nested_delimiter="__", toml_file=FILE, extra="forbid")

    kafka: str = "127.0.0.1:19092"
    """HOST:PORT of the brokers, several divided by commas."""
    kafka_security: Security = "PLAINTEXT"
    kafka_sasl_mechanism: str = "PLAIN"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: Path | None = None
    kafka_cert_file: Path | None = None
    kafka_key_file: Path | None = None
    prefix: str = "makegood."
    """What the name of each topic starts with."""
    group: str = "makegood"
    """The consumer group, and the stem of the transactional ids: one per installation."""
    instance: str | None = None
    """A name for this worker that outlives a restart: it then gets its partitions back at once."""
    processes: Annotated[int | None, Field(ge=1, le=256)] = None
    """How many processes decide, of those that one `makegood worker` runs; None: as many as there are cores. Never more than partitions."""
    store: Literal["memory", "rocksdb"] = "memory"
    directory: Path = Path(".makegood")
    policy: Path | None = None
    """The policy of a new installation; later versions come by `makegood policy apply`."""
    clock: Literal["wall", "events"] = "wall"
    """What deadlines follow: the wall clock, or (for history) the time of the events."""
    accept_gap: tuple[Annotated[str, Field(pattern=rf"^({'|'.join(INPUTS)})-\d+$")], ...] = ()
    """Holes in the input behind which the worker goes on, as `feedback-3`: what is lost is lost, and the journal says so."""
    fetch_max_wait_ms: Annotated[int, Field(ge=0, le=1000)] = 20
    """While records come, the broker collects them for so long before it answers a fetch: longer costs latency, shorter processor time."""
    chunk_records: Annotated[int, Field(ge=1, le=100_000)] = 4096
    session_timeout_s: Annotated[float, Field(ge=2, le=300)] = 6
    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Field(ge=0, le=65535)] = 6066
    """Where /livez, /readyz and /metrics answer; 0 takes any free port."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """`auto`: lines for people on a terminal, JSON elsewhere."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    database_url: SecretStr | None = None
    """Where read model, accounts and delivery ledger lie: postgresql://USER:PASSWORD@HOST/NAME; by default SQLite files in `directory`."""
    gateway: GatewaySettings = GatewaySettings()
    handlers: HandlerSettings = HandlerSettings()
    console: ConsoleSettings = ConsoleSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options before the environment before the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def connection(self) -> Connection:
        """How to reach Kafka."""
        password = None if self.kafka_password is None else self.kafka_password.get_secret_value()
        return Connection(
            bootstrap=self.kafka,
            security=self.kafka_security,
            sasl_mechanism=self.kafka_sasl_mechanism,
            username=self.kafka_username,
            password=password,
            ca_file=self.kafka_ca_file,
            cert_file=self.kafka_cert_file,
            key_file=self.kafka_key_file,
        )

    def engine(self, partitions: int, cluster: str = "") -> EngineSettings:
        """Settings of the engine, for topics of so many partitions in the cluster of that id."""
        return EngineSettings(
            app_id=self.group,
            connection=self.connection.options(),
            inputs=INPUTS,
            partitions=partitions,
            prefix=self.prefix,
            store=self.store,
            directory=self.directory / self.group,
            cluster=cluster,
            instance=self.instance,
            chunk_records=self.chunk_records,
            fetch_max_wait_ms=self.fetch_max_wait_ms,
            session_timeout_s=self.session_timeout_s,
            clock=self.clock,
            accepted_gaps=frozenset(self.accept_gap),
        )


def load(file: Path | None = None, /, **options: object) -> Settings:
    """The settings, with those of `file` instead of the makegood.toml of this folder; options that are None were not given.

    Raises UserError with a line for each that is wrong.
    """

    class OfFile(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    reader, read = (Settings, Path(FILE)) if file is None else (OfFile, file)
    try:
        return reader(**{name: value for name, value in options.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        lines = _lines_of(read)
        raise UserError("\n".join(_wrong(e["type"], e["loc"], e["msg"], e["input"], read, lines) for e in error.errors())) from None
    except ValueError as error:
        raise UserError(f"{read} could not be read: {error}") from None


def _lines_of(file: Path) -> dict[tuple[str | int, ...], int]:
    """The line of each setting; none where there is no such file."""
    return lines_of(file.read_text("utf-8")) if file.is_file() else {}


def _wrong(
    kind: str, where: tuple[int | str, ...], message: str, given: object, file: Path, lines: Mapping[tuple[str | int, ...], int]
) -> str:
    """One line. What was given is shown where it can be no secret: not inside a table, not for a misspelled name."""
    name, line = ".".join(map(str, where)), lines.get(where)
    place = f"{file}, line {line}: {name}" if line else f"setting {name}"
    if kind == "extra_forbidden":
        return f"{place} {setting_names.unknown(str(where[-1]), setting_names.settings_at(Settings, where[:-1]))}"
    if kind == "union_tag_not_found" and isinstance(given, dict):
        slips = difflib.get_close_matches("channel", [str(key) for key in given], n=1)
        return f"{place} has no channel (webhook, slack or email){f': is {slips[0]} meant to be it?' if slips else ''}"
    field = Settings.model_fields.get(str(where[0])) if len(where) == 1 else None
    is_plain = field is not None and SecretStr not in (field.annotation, *get_args(field.annotation))
    shown = f" (given: {given!r})" if is_plain and isinstance(given, str | int | float) else ""
    return f"{place}: {message.removeprefix('Value error, ')}{shown}"
