"""What could be read, guessed or forged: secrets, open services, what leaves this machine in the clear, sources that cannot be served."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from gateway.sources import InvalidSource, source_of
from gateway.translate.typeform import TypeformSettings
from handlers.settings import EmailDestination
from makegood.config import policy_file, secrets
from makegood.config.secrets import on_this_machine
from makegood.config.settings import Settings
from makegood.doctor.finding import Finding


async def kept_secret(settings: Settings) -> list[Finding]:
    """What every start refuses too."""
    found = [Finding(False, sentence) for sentence in secrets.unsafe(settings)]
    return found or [Finding(True, "no secret is a placeholder, short, or readable by others; no part is open to a network")]


async def sources(settings: Settings) -> list[Finding]:
    """Each source of webhooks can be served."""
    return [_source(settings, name) for name in settings.gateway.sources]


def _source(settings: Settings, name: str) -> Finding:
    try:
        source = source_of(name, settings.gateway.sources[name])
    except InvalidSource as error:
        return Finding(False, str(error))
    believed = source.settings.trusted_hidden_fields if isinstance(source.settings, TypeformSettings) else ()
    aside = f"; whoever has a link of its forms can write anything into {', '.join(believed)}, which it believes" if believed else ""
    return Finding(True, f"webhooks of {source.system.name} are taken at /v1/webhooks/{name}{aside}")


async def keys(settings: Settings) -> list[Finding]:
    """What keys may do beyond ordinary facts, so that nobody gave that away unawares."""
    given = ((name, key.may) for name, key in settings.gateway.api_keys.items() if key.may)
    return [Finding(True, f"the key {name} may write {' and '.join(may)} beside ordinary facts") for name, may in given]


async def notifies_somebody(settings: Settings) -> list[Finding]:
    """Each route of the policy ends at somebody."""
    routes = sorted(set(dict(policy_file.load(settings.policy).routes).values()))
    nowhere = [route for route in routes if not settings.handlers.destinations_of(route)]
    if not nowhere:
        return [Finding(True, f"notices reach somebody by every route: {', '.join(routes)}")]
    missing = "give them destinations in [handlers.routes], or all others one as `fallback`"
    return [Finding(False, f"notices of the route{'s' * (len(nowhere) > 1)} {', '.join(nowhere)} reach nobody: {missing}")]


async def in_the_clear(settings: Settings) -> list[Finding]:
    """What customers said leaves this machine encrypted."""
    return [Finding(False, sentence) for sentence in _in_the_clear(settings)]


def _in_the_clear(settings: Settings) -> Iterator[str]:
    for name, place in settings.handlers.destinations.items():
        if isinstance(place, EmailDestination):
            if place.security == "none" and not on_this_machine(place.host):
                yield f"mail to {name} goes to {place.host} unencrypted: set security to starttls or tls in [handlers.destinations.{name}]"
            continue
        url = urlsplit(place.url.get_secret_value())
        if url.scheme == "http" and not on_this_machine(url.hostname or ""):
            yield f"notices to {name} go to {url.hostname} unencrypted: give an https address in [handlers.destinations.{name}]"
