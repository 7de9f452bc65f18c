"""Whether the settings are safe to start with: secrets that hold, kept where only we read, no service open to a network."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from makegood.config.secret_strength import LEAST, LEAST_OF_OTHERS, fault, fault_of_digest, unfilled
from makegood.config.settings import Settings
from makegood.errors import UserError

Service = Literal["worker", "gateway", "handlers", "console"]
HOW_TO_MAKE_ONE = "make one with `openssl rand -hex 32`"
_SERVICES = ("gateway", "handlers", "console")
_OF_OTHERS = ("password",)


def refuse_unsafe(settings: Settings, service: Service) -> None:
    """What each process asks first. Raises UserError with a sentence for each thing that is not safe."""
    if sentences := unsafe(settings, service):
        raise UserError("\n".join(sentences))


def unsafe(settings: Settings, service: Service | None = None) -> list[str]:
    """A sentence for each thing that must not go into production, with what to do; of one service, or of all. No sentence shows a secret."""
    found = [
        *_weak(settings, service),
        *(sentence for owner, look in _OPEN if service in {None, owner} for sentence in look(settings)),
        *_readable_by_all(settings),
    ]
    return list(dict.fromkeys(found))


def on_this_machine(host: str) -> bool:
    """Whether an address is loopback, a socket in the file system, or a name for that."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost") or host.startswith("/") or not host


# -- secrets that would not hold --------------------------------------------------------------------------------------------------------


def secrets_of(model: BaseModel) -> Iterator[tuple[str, str]]:
    """Each secret in the settings: its place, as written in makegood.toml, and its value."""
    for name in type(model).model_fields:
        yield from _within(name, getattr(model, name))


def _within(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, SecretStr):
        yield place, value.get_secret_value()
    elif isinstance(value, BaseModel):
        yield from ((f"{place}.{name}", secret) for name, secret in secrets_of(value))
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _within(f"{place}.{key}", one)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, one in enumerate(value):
            yield from _within(f"{place}[{number}]", one)


def _weak(settings: Settings, service: Service | None) -> Iterator[str]:
    for place, value in secrets_of(settings):
        owner = place.partition(".")[0]
        if (service is None or owner not in _SERVICES or owner == service) and (reason := _reason(place, value, settings)):
            yield f"{place} {reason}: {_instead(place)}"


def _reason(place: str, value: str, settings: Settings) -> str | None:
    if place == "database_url":
        return _reason_of_database(value)
    if place == "kafka_password":
        return None if all_here(settings.kafka) else fault(value, LEAST_OF_OTHERS)
    if place.endswith("url"):  # an address that is a secret: whoever knows it may post
        return "is a placeholder" if unfilled(value) else None
    return fault(value, LEAST_OF_OTHERS if place.endswith(_OF_OTHERS) else LEAST)


def _reason_of_database(value: str) -> str | None:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(value)
    except (ArgumentError, ValueError):  # the latter for a port that is none
        return "is no address of a database"
    if url.password is None or on_this_machine(url.host or ""):
        return None
    reason = fault(str(url.password), LEAST_OF_OTHERS)
    return f"has a password that {reason}" if reason else None


def all_here(addresses: str) -> bool:
    """Whether each HOST:PORT of a list is of this machine."""
    return all(on_this_machine(address.rpartition(":")[0]) for address in addresses.split(","))


def _instead(place: str) -> str:
    if place == "database_url":
        return "write it as postgresql://USER:PASSWORD@HOST/NAME, with a password that only this installation knows"
    if place.endswith("url"):
        return "put the address that the receiver shows you"
    if place.endswith(_OF_OTHERS) or "client_secret" in place or ".sources." in place:
        return f"put the one that the other side shows you, or, where you choose it, {HOW_TO_MAKE_ONE}"
    return HOW_TO_MAKE_ONE


def hidden(settings: Settings) -> list[str]:
    """What no log line may show: each secret, and the password within the address of a database."""
    values = [value for _, value in secrets_of(settings)]
    addresses = [value for value in values if "://" in value]
    return [*values, *filter(None, map(_password_in, addresses))]


def _password_in(address: str) -> str | None:
    # Not at the top: a process without a database, a worker, would wait half a second at each start for a library that it never uses.
    from makegood.config.database import password_in

    return password_in(address)


# -- services open to a network ---------------------------------------------------------------------------------------------------


def _console_in_the_clear(settings: Settings) -> Iterator[str]:
    console = settings.console
    shown_at = urlsplit(console.public_url or "").hostname or console.host
    if not console.cookie_secure and not on_this_machine(console.host) and not on_this_machine(shown_at):
        yield (
            f"the board listens at {console.host} and its sessions could be read on the way: put a server with https in front and name "
            'it, public_url = "https://..." in [console]'
        )
    issuer = urlsplit(console.oidc.issuer if console.oidc else "https:")
    if issuer.scheme != "https" and not on_this_machine(issuer.hostname or ""):
        yield f"console.oidc.issuer {issuer.geturl()} is not https: anybody on the way could sign in as anybody"


def _gateway_without_keys(settings: Settings) -> Iterator[str]:
    gateway = settings.gateway
    if not gateway.api_keys and not gateway.sources and not on_this_machine(gateway.host):
        yield f"the gateway listens at {gateway.host} and knows no key and no source: make a key with `makegood api-keys create NAME`"


def _keys_that_are_guessed(settings: Settings) -> Iterator[str]:
    for name, key in settings.gateway.api_keys.items():
        if key.sha256 and (reason := fault_of_digest(key.sha256)):
            yield f"gateway.api_keys.{name}.sha256 {reason}: make a key with `makegood api-keys create {name}`"


_OPEN: tuple[tuple[Service, Callable[[Settings], Iterator[str]]], ...] = (
    ("console", _console_in_the_clear),
    ("gateway", _gateway_without_keys),
    ("gateway", _keys_that_are_guessed),
)


# -- the file ---------------------------------------------------------------------------------------------------------------------------


def _readable_by_all(settings: Settings) -> Iterator[str]:
    file = Path(str(Settings.model_config.get("toml_file")))
    if not file.is_file() or not file.stat().st_mode & stat.S_IROTH:
        return
    written = set(_strings(tomllib.loads(file.read_text(encoding="utf-8"))))
    if held := [place for place, value in secrets_of(settings) if value in written]:
        yield f"{file} holds secrets ({', '.join(held)}) and every user of this machine can read it: chmod 600 {file}"


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _strings(one)
