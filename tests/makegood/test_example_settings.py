"""makegood.example.toml: it is taken as it stands, names every table, and every placeholder in it is refused until it is replaced."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from gateway.sources import source_of
from makegood.config import policy_file, secrets, settings

EXAMPLE = Path(__file__).resolve().parents[2] / "makegood.example.toml"


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("MAKEGOOD_")]:
        monkeypatch.delenv(name)


def write(text: str) -> settings.Settings:
    Path("makegood.toml").write_text(text)
    Path("makegood.toml").chmod(0o600)
    return settings.load()


def test_it_is_taken_as_it_stands():
    loaded = write(EXAMPLE.read_text())
    assert set(loaded.gateway.sources) == {"typeform", "zendesk"}
    assert {place.channel for place in loaded.handlers.destinations.values()} == {"webhook", "slack", "email"}
    for name, told in loaded.gateway.sources.items():
        assert source_of(name, told).system.name == told.system


def test_every_secret_in_it_is_a_placeholder_that_is_refused():
    loaded = write(EXAMPLE.read_text())
    places = {place for place, _ in secrets.secrets_of(loaded)}
    assert len(places) == 7
    assert {sentence.partition(" ")[0] for sentence in secrets.unsafe(loaded)} == places


def test_every_route_of_the_policy_leads_somewhere():
    routes = policy_file.load(None).routes
    assert set(dict(routes).values()) <= set(write(EXAMPLE.read_text()).handlers.routes)


def test_what_is_commented_out_is_taken_too_and_its_secrets_are_refused():
    text = re.sub(r"^# (\[?[a-z_.]+(\]| = ).*)$", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE)
    assert "oidc" in tomllib.loads(text)["console"]
    refused = {sentence.partition(" ")[0] for sentence in secrets.unsafe(write(text).model_copy(update={"kafka": "kafka.example:9093"}))}
    assert {"kafka_password", "console.oidc.client_secret"} <= refused


def test_a_commented_line_without_the_word_example_shows_the_default():
    text = EXAMPLE.read_text().partition("[gateway]")[0]
    defaults = settings.Settings.model_fields
    for name, value in re.findall(r'^# ([a-z_]+) = "?([^"\n#]+?)"?\s+# (?!.*an example)', text, flags=re.MULTILINE):
        assert str(defaults[name].default) == value, name


def test_with_real_secrets_nothing_is_left_to_put_right():
    good = "Zk3-9vQx7-mB2rT8-pLw5-hD1s"
    text = re.sub(r"<[^>]*>", good, EXAMPLE.read_text())
    text = (
        re.sub(r"whsec_\w+", "whsec_qL0V3Jt6b9Xw2mZr8sYkPdNfUhGcEaTo", text)
        .replace("X" * 8, "T8K2")
        .replace("T8K2XXXX", "Qm4v")
        .replace("example", "acme")
    )
    assert secrets.unsafe(write(text)) == []


def test_the_container_image_does_not_carry_anybodys_settings():
    ignored = (EXAMPLE.parent / ".dockerignore").read_text().splitlines()
    assert {"makegood.toml", ".env"} <= set(ignored)
    assert shutil.which("git") is None or "makegood.toml" not in os.popen(f"git -C {EXAMPLE.parent} ls-files makegood.toml").read()
