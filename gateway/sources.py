"""The sources that are set up: each with its system, its secrets and its translator's settings, checked before anything is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from gateway.settings import GatewaySettings, SourceSettings
from gateway.translate.signature import Request, Verification
from gateway.translate.systems import SYSTEMS, System
from gateway.translate.translation import Delivery, SystemSettings, Translation


class InvalidSource(ValueError):
    """The settings cannot be served. The message is one sentence that says what to change."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source of webhooks."""

    name: str
    system: System
    secrets: tuple[str, ...]
    tolerance_s: float
    settings: SystemSettings

    def verify(self, request: Request, now: datetime) -> Verification:
        """Whether a delivery is genuine."""
        return self.system.verify(request, self.secrets, now, self.tolerance_s)

    def understand(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Translation:
        """The facts in a delivery. Raises BadPayload."""
        return self.system.understand(Delivery(self.system.read(body), headers, self.name, now), self.settings)


def sources_of(settings: GatewaySettings) -> dict[str, Source]:
    """All sources by name. Raises InvalidSource."""
    return {name: source_of(name, given) for name, given in settings.sources.items()}


def source_of(name: str, given: SourceSettings, *, signed: bool = True) -> Source:
    """One source. With `signed` it needs secrets. Raises InvalidSource."""
    system = SYSTEMS.get(given.system or name)
    if system is None:
        raise InvalidSource(
            f"gateway.sources.{name}: there is no system {given.system or name!r}: `system` is one of {', '.join(sorted(SYSTEMS))}"
        )
    secrets = tuple(secret.get_secret_value() for secret in given.secrets)
    if signed and not (secrets and all(secrets)):
        raise InvalidSource(
            f"gateway.sources.{name} has no secret: give the one that {system.name} signs with, "
            f'secrets = ["..."], or set MAKEGOOD_GATEWAY__SOURCES. Without it anybody could write facts'
        )
    try:
        of_system = system.settings.model_validate(given.settings)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, ("gateway.sources", name, "settings", *first["loc"])))
        raise InvalidSource(f"{where}: {first['msg']}") from None
    return Source(name, system, secrets, given.tolerance_s, of_system)
