"""Secrets: what holds is left alone, what anybody would try first is refused with a way out, and none is ever shown."""

from __future__ import annotations

import base64
import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.config import secrets, settings
from makegood.config.secret_strength import fault
from makegood.errors import UserError

GOOD = "5c1f0e9b7a3d48c2b6e4f81d90a7c35e"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """No makegood.toml of the developer, and no environment of theirs, is read."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in __import__("os").environ if name.startswith("MAKEGOOD_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    "value",
    [
        "changeme",
        "Change-Me-Please-Now",
        "CHANGE_ME_IN_PRODUCTION",
        "secret",
        "my-secret-signing-key-123",
        "password1234567890",
        "<the secret that Zendesk shows>",
        "${ZENDESK_SECRET}",
        "replace-with-the-typeform-secret",
        "XXXXXXXXXXXXXXXXXXXXXXXX",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_" + base64.b64encode(b"this is my secret key").decode(),
        "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==",
        "demo-demo-demo-demo",
    ],
)
def test_a_placeholder_is_refused_whatever_its_length(value):
    assert fault(value) == "is a placeholder"


@pytest.mark.parametrize(
    "value", ["abcdefghijklmnopqrst", "12345678901234567890", "kmkmkmkmkmkmkmkmkm", "8d3k8d3k8d3k8d3k8d3k", "9876543210987654"]
)
def test_what_counts_on_or_repeats_itself_is_refused(value):
    assert "can be guessed" in fault(value)


def test_a_short_secret_is_refused_with_the_least_length():
    assert fault("k7Tq2x") == "has only 6 characters: 16 are the least"
    assert fault("") == "is empty"


@pytest.mark.parametrize(
    "form",
    [
        lambda key: key(32).hex(),
        lambda key: base64.urlsafe_b64encode(key(24)).decode(),
        lambda key: "whsec_" + base64.b64encode(key(24)).decode(),
    ],
)
def test_what_chance_made_is_never_refused(form):
    key = random.Random(0).randbytes  # a fixed seed: the same keys each time, so that a refusal can be looked at
    assert not [value for value in (form(key) for _ in range(20_000)) if fault(value)]


@pytest.mark.parametrize("value", [GOOD[:13] + "000000" + GOOD[19:], "8395a01a72649a31"])
def test_what_chance_seldom_makes_is_not_refused_either(value):
    assert fault(value) is None


@pytest.mark.parametrize(
    "value", ["AKIAXXXXXXXXXXXX", "sk_live_000000000000", "key-000000-5c1f0e9b7a3d", "abcd************", "a00000000000000f"]
)
def test_a_run_that_was_left_to_fill_in_is_a_placeholder(value):
    assert fault(value) == "is a placeholder"


def test_the_hash_of_a_key_is_no_secret():
    assert fault("sha256:" + "0" * 64) is None


@given(st.text(max_size=60))
def test_the_judgement_has_an_answer_for_whatever_is_written(value):
    assert fault(value) is None or len(value) < 61


def test_defaults_on_loopback_are_safe():
    assert secrets.unsafe(settings.load()) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost", "127.8.8.8", "/var/run/postgresql", ""])
def test_loopback_is_known_in_all_its_names(host):
    assert secrets.on_this_machine(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "kafka", "10.0.0.1", "localhost.example.com"])
def test_what_a_network_reaches_is_not_this_machine(host):
    assert not secrets.on_this_machine(host)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kafka": "kafka.internal:9092", "kafka_username": "mg", "kafka_password": "changeme"}, "kafka_password is a placeholder"),
        ({"database_url": "postgresql://makegood:makegood@db/makegood"}, "database_url has a password that is a placeholder"),
        ({"console": {"host": "0.0.0.0"}}, "sessions could be read on the way"),
        (
            {
                "handlers": {
                    "destinations": {"crew": {"channel": "slack", "url": "https://hooks.slack.com/services/T0000/B0000/XXXXXXXXXX"}}
                }
            },
            "handlers.destinations.crew.url is a placeholder: put the address that the receiver shows you",
        ),
        (
            {"console": {"oidc": {"issuer": "http://id.internal", "client_id": "board", "client_secret": GOOD}}},
            "is not https",
        ),
        (
            {"gateway": {"sources": {"typeform": {"secrets": ["typeform-secret-2026"]}}}},
            "gateway.sources.typeform.secrets[0] is a placeholder: put the one that the other side shows you",
        ),
        ({"gateway": {"api_keys": {"shop": {"key": "shop-1"}}}}, "gateway.api_keys.shop.key has only 6 characters"),
        ({"gateway": {"host": "0.0.0.0"}}, "knows no key and no source"),
    ],
)
def test_each_thing_that_is_not_safe_is_one_sentence_with_a_way_out(options, told):
    [sentence] = secrets.unsafe(settings.load(**options))
    assert told in sentence


def test_a_password_of_what_only_this_machine_reaches_may_be_anything():
    given_ = settings.load(kafka="127.0.0.1:9092", kafka_password="test", database_url="postgresql://test:test@127.0.0.1/test")
    assert secrets.unsafe(given_) == []


def test_a_part_is_not_held_up_by_what_another_part_was_told():
    weak = settings.load(console={"host": "0.0.0.0"}, kafka="broker:9092", kafka_password="changeme")
    assert len(secrets.unsafe(weak)) == 2
    assert [s.partition(" ")[0] for s in secrets.unsafe(weak, "handlers")] == ["kafka_password"]
    with pytest.raises(UserError, match="public_url"):
        secrets.refuse_unsafe(weak, "console")


def test_a_file_with_secrets_that_all_may_read_is_refused_and_one_without_is_not(tmp_path):
    file = tmp_path / "makegood.toml"
    file.write_text('kafka = "broker:9092"\n')
    file.chmod(0o644)
    assert secrets.unsafe(settings.load()) == []
    file.write_text(f'kafka = "broker:9092"\nkafka_password = "{GOOD}"\n')
    assert secrets.unsafe(settings.load()) == [
        "makegood.toml holds secrets (kafka_password) and every user of this machine can read it: chmod 600 makegood.toml"
    ]
    file.chmod(0o600)
    assert secrets.unsafe(settings.load()) == []


def test_no_sentence_shows_a_secret():
    shown = "tests-" + "".join(random.Random(1).choices("abc", k=9))
    given_ = settings.load(
        kafka="broker:9092",
        kafka_password=shown[:7],
        database_url=f"postgresql://u:{shown[:6]}@db/x",
        handlers={"destinations": {"crew": {"channel": "slack", "url": f"https://example.com/{shown}"}}},
    )
    sentences = secrets.unsafe(given_)
    assert len(sentences) == 3
    assert not [sentence for sentence in sentences if shown in sentence or shown[:6] in sentence]


def test_a_worker_without_a_database_loads_no_library_for_one():
    # It took half a second of each start of a worker.
    look = "import sys; from makegood.config import secrets, settings; secrets.hidden(settings.Settings(kafka='localhost:9092')); "
    subprocess.run([sys.executable, "-c", look + "sys.exit('sqlalchemy' in sys.modules)"], check=True)
