"""Promises of the settings: what is wrong is said in a sentence, and no secret is shown."""

from __future__ import annotations

import pytest

from makegood.config import settings
from makegood.errors import UserError
from tests.handlers.conftest import SECRET, a_setting, webhook

MAIL = {"channel": "email", "to": ["a@example.com"], "sender": "m@example.com"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"routes": {"page": ["nobody"]}}, "route page leads to nobody, which is no destination"),
        ({"destinations": {"a": {"channel": "slack", "url": "hush-hush"}}}, "not an http"),
        ({"destinations": {"a": {"channel": "slack", "url": "file:///etc/hush-hush"}}}, "not an http"),
        ({"destinations": {"a": {"channel": "webhook", "url": "http://a", "secret": "hush-hush"}}}, "openssl rand -base64 32"),
        ({"destinations": {"a": {"channel": "pigeon", "url": "http://hush-hush"}}}, "'webhook', 'slack', 'email'"),
        ({"destinations": {"a": MAIL | {"username": "u"}}}, "username and password belong together"),
        ({"destinations": {"a": MAIL | {"username": "u", "password": "hush-hush", "security": "none"}}}, "without encryption"),
        ({"destinations": {"a": MAIL | {"to": ["x\r\nBcc: y@example.com"]}}}, "pattern"),
        ({"destinations": {"a": MAIL | {"to": []}}}, "at least 1"),
        ({"language": "fr"}, "language fr is not known: there are en, de"),
        ({"destinations": {"a": MAIL | {"language": "Deutsch"}}}, "language Deutsch is not known: there are en, de"),
        ({"zone": "Mars/Olympus"}, "Europe/Berlin"),
        ({"keep_days": 5}, "31"),
        ({"first_wait_s": 10, "longest_wait_s": 5}, "longest_wait_s is shorter"),
        ({"console_url": "javascript:alert(1)"}, "console_url"),
    ],
)
def test_what_is_wrong_is_said_and_no_secret_with_it(given, says):
    with pytest.raises(UserError, match=r"setting handlers") as caught:
        settings.load(handlers=given)
    assert says in str(caught.value)
    assert "hush-hush" not in str(caught.value)


def test_secrets_do_not_show_in_the_settings():
    shown = repr(a_setting(destinations={"a": webhook("https://example.com/hush-hush")}))
    assert "hush-hush" not in shown
    assert SECRET not in shown


def test_destinations_can_be_set_by_the_environment(monkeypatch):
    monkeypatch.setenv("MAKEGOOD_HANDLERS__DESTINATIONS__TEAM__CHANNEL", "slack")
    monkeypatch.setenv("MAKEGOOD_HANDLERS__DESTINATIONS__TEAM__URL", "http://127.0.0.1:8090/slack")
    monkeypatch.setenv("MAKEGOOD_HANDLERS__ROUTES", '{"page": ["team"]}')
    monkeypatch.setenv("MAKEGOOD_HANDLERS__NOTIFY_FROM", "2026-06-01T00:00:00Z")
    given = settings.load().handlers
    assert given.destinations_of("page") == ("team",)
    assert given.notify_from.year == 2026


def test_a_route_without_destinations_is_the_fallbacks():
    destinations = {"a": webhook("http://a.example"), "b": webhook("http://b.example")}
    given = a_setting(destinations=destinations, routes={"page": ["a", "a", "b"], "quiet": [], "fallback": ["b"]})
    assert given.destinations_of("page") == ("a", "b")
    assert given.destinations_of("quiet") == given.destinations_of("unknown") == ("b",)
