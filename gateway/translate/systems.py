"""The table of systems that can be received. A new one is its file and its row here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from gateway.translate import typeform, zendesk, zendesk_aliases
from gateway.translate.payload import parse
from gateway.translate.signature import Verify
from gateway.translate.translation import BadPayload, Delivery, SystemSettings, Translation


@dataclass(frozen=True, slots=True)
class System:
    """How one system's deliveries are verified, read and understood, and what settings it has."""

    name: str
    settings: type[SystemSettings]
    verify: Verify
    translate: Callable[[Delivery, Any], Translation]
    content_type: str = "application/json"
    read: Callable[[bytes], Any] = parse
    """Raw bytes to what `translate` is given. Raises BadPayload; a system that sends forms brings another."""

    def understand(self, delivery: Delivery, settings: SystemSettings) -> Translation:
        """The facts in a delivery. Raises BadPayload, and nothing else, whatever came."""
        try:
            return self.translate(delivery, settings)
        except ValidationError as error:  # a fact that the language refuses: what came was stranger than the translator thought
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BadPayload("$", f"no fact can be made of it: {where + ': ' if where else ''}{first['msg']}") from None


SYSTEMS: dict[str, System] = {
    system.name: system
    for system in (
        System("typeform", typeform.TypeformSettings, typeform.SIGNATURE, typeform.translate),
        System("zendesk", zendesk_aliases.ZendeskSettings, zendesk.SIGNATURE, zendesk.translate),
    )
}
