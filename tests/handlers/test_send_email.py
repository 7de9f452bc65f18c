"""Mail over real SMTP: delivered, refused, put off, encrypted, with a password."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from handlers.rendering import Recipient, render
from handlers.send_email import send_email
from handlers.settings import EmailDestination
from schemas.deliveries import Outcome
from tests.conftest import free_port
from tests.handlers.conftest import a_notice
from tests.patience import PATIENT_S


class Post:
    """Keeps mail; refuses as it is told."""

    def __init__(self):
        self.mails, self.data, self.refused = [], "250 OK", {}

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.data.startswith("250"):
            self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return self.data


@pytest.fixture
def post_office():
    made = []

    def open_(**options):
        controller = Controller(Post(), hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        made.append(controller)
        return controller

    yield open_
    for controller in made:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tls")
    key, cert = directory / "key.pem", directory / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*command, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


async def send(controller, **changes):
    given = {"channel": "email", "to": ["a@example.com", "b@example.com"], "sender": "makegood@example.com", "host": "127.0.0.1"}
    destination = EmailDestination.model_validate(given | {"port": controller.port, "security": "none"} | changes)
    notice, now = a_notice(), datetime.now(UTC)
    rendered = render(notice, Recipient("https://board.example.com"), now)
    async with asyncio.timeout(PATIENT_S):
        return await send_email(destination, notice, rendered, now)


async def test_a_mail_arrives_with_everything_in_it(post_office):
    office = post_office()
    assert (await send(office)).outcome is Outcome.DELIVERED
    [(recipients, mail)] = office.handler.mails
    assert recipients == ["a@example.com", "b@example.com"]
    assert mail["Subject"] == render(a_notice(), Recipient("https://board.example.com"), datetime.now(UTC)).headline
    assert "Where is our delivery?" in mail.get_body(("plain",)).get_content()
    assert "https://board.example.com/tasks/T-1" in mail.get_body(("html",)).get_content()


@pytest.mark.parametrize(("answer", "outcome"), [("451 4.3.0 later", Outcome.FAILED), ("554 5.7.1 never", Outcome.REFUSED)])
async def test_an_answer_from_500_is_final_and_below_it_is_not(post_office, answer, outcome):
    office = post_office()
    office.handler.data = answer
    found = await send(office)
    assert found.outcome is outcome
    assert answer[:3] in found.detail


@pytest.mark.parametrize(
    ("codes", "outcome"), [(("550", "550"), Outcome.REFUSED), (("450", "550"), Outcome.FAILED), (("550", None), Outcome.DELIVERED)]
)
async def test_a_refused_recipient_does_not_keep_the_mail_from_the_others(post_office, codes, outcome):
    office = post_office()
    names = ("a@example.com", "b@example.com")
    office.handler.refused = {name: f"{code} no" for name, code in zip(names, codes, strict=True) if code}
    found = await send(office)
    assert found.outcome is outcome
    assert "a@example.com" in found.detail


async def test_a_server_that_is_not_there_is_a_failure_of_the_moment(post_office):
    office = post_office()
    assert (await send(office, port=free_port())).outcome is Outcome.FAILED


async def test_starttls_encrypts_and_insists_on_it(post_office, certificate):
    cert, context = certificate
    office = post_office(tls_context=context, require_starttls=True)
    assert (await send(office, security="starttls", ca_file=cert)).outcome is Outcome.DELIVERED
    bare = post_office()
    found = await send(bare, security="starttls", ca_file=cert)
    assert found.outcome is Outcome.FAILED
    assert not bare.handler.mails


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(post_office, certificate):
    office = post_office(tls_context=certificate[1], require_starttls=True)
    assert (await send(office, security="starttls")).outcome is Outcome.FAILED
    assert not office.handler.mails


@pytest.mark.parametrize(("password", "outcome"), [("right", Outcome.DELIVERED), ("wrong", Outcome.FAILED)])
async def test_a_wrong_password_is_tried_again_because_the_mail_was_not_judged(post_office, certificate, password, outcome):
    cert, context = certificate

    def check(_server, _session, _envelope, _mechanism, given):
        return AuthResult(success=given.password == b"right", handled=False)

    office = post_office(tls_context=context, require_starttls=True, authenticator=check, auth_required=True)
    found = await send(office, security="starttls", ca_file=cert, username="u", password=password)
    assert found.outcome is outcome
    assert "wrong" not in found.detail
