"""Promises of `makegood gateway translate`, `api-keys create` and of refusing to start: exactly the code of the gateway, in plain words."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gateway.api_keys import hash_of
from gateway.settings import GatewaySettings
from makegood.errors import UserError
from makegood.services import payload_preview
from schemas.inputs import FACT
from tests.conftest import shared
from tests.patience import PATIENT_S

pytestmark = pytest.mark.journeys

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, cwd=None, **how):
    return subprocess.run(
        [sys.executable, "-m", "makegood.cli", *arguments], cwd=cwd, capture_output=True, text=True, timeout=PATIENT_S, **how
    )


def vector(system: str, tmp_path):
    """A published signature, as files: payload, headers, settings."""
    found = next(
        one
        for one in json.loads(shared("payloads", "signature_vectors.json").read_text())
        if one["system"] == system and "body_file" in one
    )
    headers, settings = tmp_path / "headers.json", tmp_path / "settings.toml"
    headers.write_text(json.dumps(found["headers"]))
    settings.write_text(f'secrets = ["{found["secret"]}"]\n')
    return shared("payloads", found["body_file"]), headers, settings


def test_translate_prints_facts_on_one_stream_and_what_was_ignored_on_the_other(tmp_path):
    done = run("gateway", "translate", "--system", "zendesk", str(shared("payloads", "zendesk", "ticket_created.json")))
    assert (done.returncode, done.stderr) == (0, "")
    assert FACT.validate_json(done.stdout).object == "5158"
    done = run(
        "gateway", "translate", "--system", "zendesk", "-", input=shared("payloads", "zendesk", "user_active_changed.json").read_text()
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("ignored: user.active_changed: ")


def test_translate_says_where_a_payload_is_not_the_systems(tmp_path):
    (tmp_path / "body.json").write_text('{"event_type": "form_response", "form_response": {}}')
    done = run("gateway", "translate", "--system", "typeform", str(tmp_path / "body.json"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("makegood: not understood at $.form_response.token: ")


@pytest.mark.parametrize("system", ["zendesk", "typeform"])
def test_translate_verifies_a_signature_where_there_is_a_secret(tmp_path, system):
    payload, headers, settings = vector(system, tmp_path)
    told = payload_preview.translate(system, payload, headers, settings)
    assert told.translation.facts
    assert told.notes[0].startswith("the signature is right")
    settings.write_text('secrets = ["another secret"]')
    with pytest.raises(UserError, match="the signature does not fit"):
        payload_preview.translate(system, payload, headers, settings)


def test_headers_may_be_lines_and_without_a_secret_translate_says_that_it_did_not_verify(tmp_path):
    payload, headers, settings = vector("typeform", tmp_path)
    lines = "\n".join(f"{name}: {value}" for name, value in json.loads(headers.read_text()).items())
    headers.write_text(f"POST / HTTP/1.1\n{lines}\n")
    assert payload_preview.translate("typeform", payload, headers, settings).notes == ["the signature is right"]
    assert "not verified" in payload_preview.translate("typeform", payload, headers, None).notes[0]


ANONYMOUS = '[gateway.sources.survey]\nsystem = "typeform"\nsecrets = ["x"]\n[gateway.sources.survey.settings]\nanonymous = "wait"\n'


@pytest.mark.parametrize("text", [ANONYMOUS, '[settings]\nanonymous = "wait"', 'anonymous = "wait"', '{"settings": {"anonymous": "wait"}}'])
def test_settings_are_a_whole_file_a_table_of_it_or_the_systems_alone(tmp_path, text):
    (tmp_path / "settings").write_text(text)
    payload = shared("payloads", "typeform", "form_response_guide_example.json")
    assert payload_preview.translate("typeform", payload, None, tmp_path / "settings").translation.facts


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("anonymus = 1", "anonymus"), ("{", "neither TOML nor JSON"), ("a = [", "neither TOML nor JSON"), ('secrets = "x"', "secrets")],
)
def test_settings_that_are_wrong_are_told_in_a_sentence(tmp_path, text, sentence):
    (tmp_path / "settings").write_text(text)
    payload = shared("payloads", "typeform", "form_response_guide_example.json")
    with pytest.raises(UserError, match=sentence):
        payload_preview.translate("typeform", payload, None, tmp_path / "settings")


def test_an_unknown_system_is_told_which_there_are():
    with pytest.raises(UserError, match="it is one of typeform, zendesk"):
        payload_preview.translate("zendex", shared("payloads", "zendesk", "ticket_created.json"), None, None)


def test_a_new_key_is_shown_once_and_its_hash_is_the_line_for_the_settings(tmp_path):
    done = run("api-keys", "create", "shop", "--source", "shop")
    key = done.stderr.split("shown this once: ")[1].split()[0]
    assert f'sha256 = "{hash_of(key)}"' in done.stdout
    assert key not in done.stdout
    table = tomllib.loads(done.stdout)["gateway"]["api_keys"]
    assert GatewaySettings.model_validate({"api_keys": table}).api_keys["shop"].sources == ("shop",)


def test_a_key_is_given_what_it_may_write_beside_ordinary_facts():
    plain, given = run("api-keys", "create", "shop"), run("api-keys", "create", "our crm", "--may", "links", "--may", "erasures")
    assert "may" not in tomllib.loads(plain.stdout)["gateway"]["api_keys"]["shop"]
    table = tomllib.loads(given.stdout)["gateway"]["api_keys"]
    assert GatewaySettings.model_validate({"api_keys": table}).api_keys["our crm"].may == ("erasures", "links")
    wrong = run("api-keys", "create", "shop", "--may", "everything")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "erasures or links" in wrong.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[gateway.sources.zendesk]\n", "has no secret"),
        ('[gateway.sources.shop]\nsecrets = ["8c1f0a9d7e55b3c2"]\n', "there is no system"),
    ],
)
def test_the_gateway_refuses_to_start_with_what_is_not_safe_or_not_right(tmp_path, text, sentence):
    (tmp_path / "makegood.toml").write_text(text)
    (tmp_path / "makegood.toml").chmod(0o600)
    done = run("gateway", "--port", "0", cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert "8c1f0a9d7e55b3c2" not in done.stderr


def test_a_port_that_is_taken_is_told_in_a_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("gateway", "--port", port, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert (done.returncode, "Choose another with --port" in done.stderr) == (1, True)
