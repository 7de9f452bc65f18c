"""Send a notice by mail: text and HTML, with a Message-ID made from the idempotency key, so that a repeated mail is the same mail."""

from __future__ import annotations

import hashlib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import aiosmtplib
from aiosmtplib import SMTPAuthenticationError, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from handlers.mail_header import LiteralHeader
from handlers.post_webhook import header_of
from handlers.rendering import RenderedNotice
from handlers.responses import SendResult
from handlers.sanitize import for_html, plain
from handlers.settings import EmailDestination
from schemas.decisions import Notice
from schemas.deliveries import Outcome
from schemas.failures import said

_PERMANENT = 500
_MOST_SHOWN = 200
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>
<body style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;max-width:40em">
<h1 style="font-size:20px">{headline}</h1>
<p>{sentence}</p>
<dl>
{points}
</dl>
<p><a href="{link}" style="font-weight:bold">{link_words}</a></p>
</body></html>
"""
_POINT = '<dt style="font-weight:bold">{label}</dt><dd style="margin:0 0 12px 0">{words}</dd>'


async def send_email(destination: EmailDestination, notice: Notice, rendered: RenderedNotice, now: datetime) -> SendResult:
    """Send it once and say what came of it."""
    try:
        refused, _ = await aiosmtplib.send(message_of(destination, notice, rendered, now), **_how(destination))
    except SMTPRecipientsRefused as error:
        codes = [recipient.code for recipient in error.recipients]
        return _of_codes(codes, "refused every recipient: " + "; ".join(f"{r.recipient} {r.code} {r.message}" for r in error.recipients))
    except SMTPAuthenticationError as error:
        # the mail was not judged: once the password in the settings is right it will go
        return SendResult(Outcome.FAILED, f"refused user name or password: {error.code} {plain(str(error.message), _MOST_SHOWN)}")
    except SMTPResponseException as error:
        return _of_codes([error.code], f"answered {error.code} {error.message}")
    except (SMTPException, OSError, ssl.SSLError) as error:
        return SendResult(Outcome.FAILED, f"cannot be reached: {said(error, _MOST_SHOWN)}")
    if refused:
        return SendResult(Outcome.DELIVERED, plain(f"accepted, but not for {', '.join(refused)}", _MOST_SHOWN))
    return SendResult(Outcome.DELIVERED, "accepted by the mail server")


def _of_codes(codes: list[int], answer: str) -> SendResult:
    """Below 500 a refusal is for now; one recipient that may be tried again is reason enough to try."""
    outcome = Outcome.REFUSED if all(code >= _PERMANENT for code in codes) else Outcome.FAILED
    return SendResult(outcome, plain(answer, _MOST_SHOWN))


def _how(destination: EmailDestination) -> dict[str, Any]:
    context = ssl.create_default_context() if destination.security != "none" else None
    if context is not None and destination.ca_file is not None:
        context.load_verify_locations(destination.ca_file)
    return {
        "hostname": destination.host,
        "port": destination.port,
        "use_tls": destination.security == "tls",
        "start_tls": destination.security == "starttls",
        "tls_context": context,
        "username": destination.username,
        "password": None if destination.password is None else destination.password.get_secret_value(),
        "timeout": None,  # the whole attempt has a time-out, which the caller keeps
    }


def message_of(destination: EmailDestination, notice: Notice, rendered: RenderedNotice, now: datetime) -> EmailMessage:
    """The mail. What a customer wrote is literal text in it: the e-mail library decodes encoded words in a `str`, so it gets none."""
    message = EmailMessage(policy=SMTP)
    message["From"] = destination.sender
    message["To"] = ", ".join(destination.to)
    message["Subject"] = LiteralHeader("Subject", plain(rendered.headline, _MOST_SHOWN))
    message["Date"] = format_datetime(now)
    message["Message-ID"] = _id(notice.id, destination)
    message["References"] = _id(notice.about, destination)  # mails about one task stand together
    message["Auto-Submitted"] = "auto-generated"
    message["Idempotency-Key"] = LiteralHeader("Idempotency-Key", header_of(notice))
    message.set_content(text_of(rendered))
    message.add_alternative(html_of(rendered), subtype="html")
    return message


def _id(key: str, destination: EmailDestination) -> str:
    domain = destination.sender.rpartition("@")[2]
    return f"<{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}.makegood@{domain}>"


def text_of(rendered: RenderedNotice) -> str:
    """The mail as plain text."""
    points = "\n\n".join(f"{label}:\n  {words}" for label, words in rendered.points)
    return f"{rendered.headline}\n\n{rendered.sentence}\n\n{points}\n\n{rendered.link_words}:\n{rendered.link}\n"


def html_of(rendered: RenderedNotice) -> str:
    """The mail as HTML, everything escaped."""
    points = "\n".join(_POINT.format(label=for_html(label), words=for_html(words)) for label, words in rendered.points)
    return _PAGE.format(
        language=for_html(rendered.language),
        headline=for_html(rendered.headline),
        sentence=for_html(rendered.sentence),
        points=points,
        link=for_html(rendered.link),
        link_words=for_html(rendered.link_words),
    )
