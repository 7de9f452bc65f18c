"""Settings of the handlers: destinations, routes, retries, and from when on notices are sent."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AnyHttpUrl, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

FALLBACK = "fallback"
"""The route of notices whose own route has no destinations, and of those that a destination refused or that were given up."""

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


def _web_address(url: SecretStr) -> SecretStr:
    """The address is a secret (who knows it can post), so an error must not show it."""
    try:
        AnyHttpUrl(url.get_secret_value())
    except ValueError:
        raise ValueError("this is not an http(s) address") from None
    return url


def _signing_secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value().removeprefix("whsec_")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < 16:  # noqa: PLR2004
        raise ValueError("a signing secret is `whsec_` and at least 16 random bytes in base64: openssl rand -base64 32")
    return secret


def _mail_address(text: str) -> str:
    """A bare address, with its domain as the Internet's names are written (ASCII). It stands in headers, so it may be nothing else."""
    local, _, domain = text.partition("@")
    if "=?" in text or not text.isprintable():
        raise ValueError("an address is plain letters such as oncall@example.com: no encoded words, nothing that cannot be seen")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise ValueError(f"{domain} is not the name of a mail domain: {error}") from None


def _known_language(language: str) -> str:
    from schemas.sentences import LANGUAGES  # only who sets one waits for it

    if language.partition("-")[0] not in LANGUAGES:
        raise ValueError(f"language {language} is not known: there are {', '.join(LANGUAGES)}, also with a region, such as en-US")
    return language


_ADDRESS = r"^[^\s@<>(),;:\"\\\x00-\x1f]+@[^\s@<>(),;:\"\\\x00-\x1f]+$"
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=_ADDRESS), AfterValidator(_mail_address)]
Language = Annotated[str, AfterValidator(_known_language)]
SecretUrl = Annotated[SecretStr, AfterValidator(_web_address)]


class _Destination(BaseModel):
    model_config = ConfigDict(extra="forbid")

    language: Language | None = None
    """Of the messages to this destination; without it, that of [handlers]."""


class WebhookDestination(_Destination):
    """Any receiver of signed webhooks (Standard Webhooks): an incident tool, an own service."""

    channel: Literal["webhook"]
    url: SecretUrl
    secret: Annotated[SecretStr, AfterValidator(_signing_secret)]


class SlackDestination(_Destination):
    """An incoming webhook of Slack, or of a chat that understands its messages. Who knows the address can post."""

    channel: Literal["slack"]
    url: SecretUrl


class EmailDestination(_Destination):
    """Mail by SMTP. `starttls` begins in the clear and insists on encryption, `tls` is encrypted from the first byte."""

    channel: Literal["email"]
    to: Annotated[tuple[Address, ...], Field(min_length=1, max_length=50)]
    sender: Address
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    """Certificates to trust beside those of the system: for a mail server with one of your own."""

    @model_validator(mode="after")
    def _whole(self) -> EmailDestination:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together: give both or none")
        if self.username is not None and self.security == "none":
            raise ValueError("a password is not sent without encryption: set security to starttls or tls")
        return self


Destination = Annotated[WebhookDestination | SlackDestination | EmailDestination, Field(discriminator="channel")]


class HandlerSettings(BaseModel):
    """The table [handlers] of makegood.toml."""

    model_config = ConfigDict(extra="forbid")

    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Field(ge=0, le=65535)] = 6067
    console_url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] = "http://127.0.0.1:8000"
    """Where people reach the board: the one link of each message begins with it."""
    zone: str = "UTC"
    """The time zone of the times in messages, such as Europe/Berlin."""
    language: Language = "en"
    """The language of messages, a BCP 47 tag: en, de, en-US ... What a policy or a person wrote is not translated."""
    notify_from: AwareDatetime | None = None
    """What happened before this time is recorded and sent to nobody: a replayed history pages no one. None: everything is sent."""
    destinations: dict[Label, Destination] = {}
    routes: dict[str, tuple[str, ...]] = {}
    """Route -> names of destinations. The routes are those of the policy; `fallback` takes what has no other place to go."""
    timeout_s: Annotated[float, Field(ge=0.2, le=120)] = 10
    """So long an attempt may take."""
    lease_margin_s: Annotated[float, Field(ge=0.5, le=600)] = 5
    """An attempt of a process that died is made again this long after its time-out; clocks of processes must agree better than this."""
    first_wait_s: Seconds = 2
    longest_wait_s: Seconds = 900
    """The pause after the first failure; it doubles with each further one up to the longest, with jitter."""
    longest_retry_after_s: Seconds = 3600
    """A destination that asks for a longer pause than this is asked again after this."""
    give_up_after_h: Annotated[float, Field(gt=0, le=24 * 30)] = 24
    failure_threshold: Annotated[int, Field(ge=1, le=1000)] = 5
    """After so many failures in a row nothing is sent to a destination ..."""
    cooldown_s: Seconds = 30
    """... for so long; then one notice is sent as a probe."""
    poll_s: Annotated[float, Field(ge=0.05, le=60)] = 1
    """How often the ledger is looked at for what another process or a person put there."""
    keep_days: Annotated[float, Field(ge=31, le=3650)] = 60
    """So long the ledger remembers what is settled: longer than the topic keeps notices, so that none is sent twice."""

    @model_validator(mode="after")
    def _routes_lead_somewhere(self) -> HandlerSettings:
        known = f"there are {', '.join(sorted(self.destinations))}" if self.destinations else "there are none in [handlers.destinations]"
        for route, names in self.routes.items():
            if unknown := [name for name in names if name not in self.destinations]:
                raise ValueError(f"route {route} leads to {', '.join(unknown)}, which is no destination: {known}")
        return self

    @model_validator(mode="after")
    def _sound(self) -> HandlerSettings:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"zone {self.zone} is not known: give a name such as Europe/Berlin or UTC") from None
        if self.longest_wait_s < self.first_wait_s:
            raise ValueError("longest_wait_s is shorter than first_wait_s")
        return self

    @property
    def lease_s(self) -> float:
        """So long an attempt belongs to the process that began it, in seconds."""
        return self.timeout_s + self.lease_margin_s

    def destinations_of(self, route: str) -> tuple[str, ...]:
        """Where a notice of this route goes: each destination once; the fallback's where the route has none, or nowhere."""
        return tuple(dict.fromkeys(self.routes.get(route) or self.routes.get(FALLBACK, ())))
