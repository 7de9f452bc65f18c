"""Zendesk's users and organisations: whose an alias is, by the external ids that the company gave them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic import Field

from gateway.translate import aliases
from gateway.translate.payload import Node
from gateway.translate.translation import Ignored, SystemSettings, Translation, nothing
from schemas.customers import Reference, Trust
from schemas.facts import AliasLinked, CustomerProfiled

_STAFF = frozenset({"agent", "admin"})


class ZendeskSettings(SystemSettings):
    """How a Zendesk account is read."""

    alias: str = Field(default="zendesk", pattern=r"^[a-z][a-z0-9_.-]*$")
    """The kind of the alias of a user: zendesk:<user id>. With several accounts give each its own."""
    customers: Literal["people", "organizations"] = "people"
    """Who your customers are: the requesters, or their organisations (the requester is tried next)."""
    external_id: Literal["id", "ignore"] = "id"
    """Whether the external id of a user, or organisation, is the customer's id as your other systems know it."""
    ticket_external_id: Literal["id", "ignore"] = "ignore"
    """Whether the external id of a ticket is the customer's id. Most use it for another system's ticket number."""

    def user(self, number: str | None) -> str | None:
        """The alias of a user."""
        return aliases.alias(self.alias, number)

    def organization(self, number: str | None) -> str | None:
        """The alias of an organisation."""
        return aliases.alias(f"{self.alias}_organization", number)

    def ticket(self, number: str | None) -> str | None:
        """The alias of a ticket, for what names nobody else."""
        return aliases.alias(f"{self.alias}_ticket", number)


class Event(NamedTuple):
    """An event: its id, what it is about (`object_id`, of the group that `kind` begins with), and what changed."""

    id: str
    kind: str
    source: str
    object_id: str
    version: int
    at: datetime
    detail: Node
    change: Node

    def common(self, customer: Reference) -> dict[str, Any]:
        """What every fact of this event carries."""
        return {
            "id": self.id,
            "source": self.source,
            "object": self.object_id,
            "version": self.version,
            "occurred_at": self.at,
            "customer": customer,
        }

    def named(self, name: str | None) -> Event:
        """The same under a better name, where there is one: that of what was added."""
        return self if name is None else self._replace(id=name)


def of_ticket(event: Event, settings: ZendeskSettings) -> Reference | None:
    """Whose a ticket is. What names nobody waits in sight under the ticket's own alias, until somebody says whose that is.

    Aliases that stand together become the same customer's. So where people are the customers their organisation is not among them:
    it has many.
    """
    detail = event.detail
    customer = aliases.customer_id(detail.at("external_id").identifier()) if settings.ticket_external_id == "id" else None
    user = settings.user(detail.at("requester_id").identifier())
    organization = settings.organization(detail.at("organization_id").identifier())
    if customer is not None:
        return aliases.reference(customer, [user])
    named = aliases.reference(None, [user] if settings.customers == "people" else [organization, user])
    return named or aliases.reference(None, [settings.ticket(event.object_id)])


# -- users --------------------------------------------------------------------------------------------------------------------------


def _user(event: Event, settings: ZendeskSettings) -> Translation:
    """Links of the user's id and e-mail address to the external id; a new name too."""
    if event.detail.at("role").word() in _STAFF:
        return nothing(event.kind, "a member of staff, not a customer")
    if settings.customers == "organizations":
        return nothing(event.kind, "customers are organisations here (setting customers)")
    customer = _external(event, settings)
    if customer is None:
        return nothing(event.kind, "the user has no external id, so nobody says which customer this is")
    links = [(settings.user(event.object_id), Trust.VERIFIED), (aliases.email(event.detail.at("email").name()), Trust.ASSERTED)]
    added, verified = _identity(event)
    if verified is False:
        kept = [link for link in links if link[0] != added]
        return Translation((*_links(event, customer, kept), *_name(event, customer)), (Ignored("$.event", _UNVERIFIED),))
    links.append((added, Trust.VERIFIED if verified else Trust.GUESSED))
    return Translation((*_links(event, customer, links), *_name(event, customer)))


_UNVERIFIED = "users add such addresses and numbers themselves, and nobody has verified this one: it is linked once Zendesk says so"


def _external(event: Event, settings: ZendeskSettings) -> str | None:
    if settings.external_id == "ignore":
        return None
    changed = event.kind.endswith(".external_id_changed")
    node = event.change.at("current") if changed and event.change.at("current").value is not None else event.detail.at("external_id")
    return aliases.customer_id(node.identifier())


def _identity(event: Event) -> tuple[str | None, bool | None]:
    """An e-mail address or phone number that was added to a user, and whether Zendesk says that it is verified."""
    if event.kind not in {"user.identity_created", "user.identity_changed"}:
        return None, None
    identity = event.change.first("identity", "current").record() or event.change
    kind = {"email": "email", "phone_number": "phone", "phone": "phone"}.get(identity.at("type").word() or "")
    added = aliases.alias_of(kind, identity.at("value").name()) if kind else None
    verified = identity.at("verified").value
    return added, verified if isinstance(verified, bool) and added else None


def _links(event: Event, customer: str, links: list[tuple[str | None, Trust]]) -> list[AliasLinked]:
    """One link an alias, the more trusted of two: each alias is an object of its own, so that none hides another."""
    trust: dict[str, Trust] = {}
    for alias, claimed in links:
        if alias:
            trust[alias] = max(claimed, trust.get(alias, claimed))
    common = event.common(Reference(id=customer))
    return [
        AliasLinked(**common | {"id": f"{event.id}-{number}", "object": alias[:256]}, alias=alias, trust=claimed)
        for number, (alias, claimed) in enumerate(trust.items(), 1)
    ]


def _name(event: Event, customer: str) -> list[CustomerProfiled]:
    renamed = event.kind.endswith(".name_changed")
    name = (event.change.at("current") if renamed else event.detail.at("name")).name()
    if name is None or aliases.is_placeholder(name):
        return []
    return [CustomerProfiled(**event.common(Reference(id=customer)), name=name)]


# -- organisations ------------------------------------------------------------------------------------------------------------------


def _organization(event: Event, settings: ZendeskSettings) -> Translation:
    """The link of an organisation to its external id, and its name where organisations are the customers."""
    customer = _external(event, settings)
    if customer is None:
        return nothing(event.kind, "the organisation has no external id, so nobody says which customer this is")
    links = _links(event, customer, [(settings.organization(event.object_id), Trust.VERIFIED)])
    return Translation((*links, *_name(event, customer)))


ON: dict[str, Callable[[Event, ZendeskSettings], Translation]] = {
    "user.created": _user,
    "user.external_id_changed": _user,
    "user.identity_created": _user,
    "user.identity_changed": _user,
    "user.name_changed": _user,
    "user.details_changed": _user,
    "organization.created": _organization,
    "organization.external_id_changed": _organization,
    "organization.name_changed": _organization,
}

_USER = "nothing of a user that a decision rests on"

WITHOUT_MEANING: dict[str, str] = {
    "user.active_changed": "a user who is switched off, or on again, in Zendesk is still a customer",
    "user.alias_changed": "an agent's alias",
    "user.custom_field_changed": _USER,
    "user.custom_role_changed": "an agent's role",
    "user.default_group_changed": "an agent's group",
    "user.deleted": "a user who is deleted in Zendesk has not asked to be forgotten: erasure is requested on purpose",
    "user.group_membership_created": "an agent's group",
    "user.group_membership_deleted": "an agent's group",
    "user.identity_deleted": "an alias that was somebody's stays theirs, until another is linked to it",
    "user.last_login_changed": _USER,
    "user.merged": "what the user kept comes with its next event; links stay as they are until then",
    "user.notes_changed": _USER,
    "user.only_private_comments_changed": "an agent's right",
    "user.organization_membership_created": "tickets name the organisation themselves",
    "user.organization_membership_deleted": "tickets name the organisation themselves",
    "user.password_changed": _USER,
    "user.photo_changed": _USER,
    "user.role_changed": _USER,
    "user.suspended_changed": _USER,
    "user.tags_changed": _USER,
    "user.time_zone_changed": _USER,
    "organization.custom_field_changed": "nothing of an organisation that a decision rests on",
    "organization.deleted": "an organisation that is deleted in Zendesk is not forgotten by it",
    "organization.tags_changed": "nothing of an organisation that a decision rests on",
}
