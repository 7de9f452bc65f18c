"""The page of the sink: what came, newest first, one card for each idempotency key."""

from __future__ import annotations

from datetime import datetime
from html import escape

from makegood.local.sink.received import Received, Shelf
from schemas.wording import counted

_NAMES = {"slack": "Slack", "webhook": "Webhook", "email": "E-mail", "other": "Other"}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Makegood sink</title>
<link rel="stylesheet" href="/sink.css"><script src="/sink.js" defer></script>
<noscript><meta http-equiv="refresh" content="5"></noscript>
</head>
<body>
<header>
<h1>What the handlers sent</h1>
<p>A stand-in for Slack, for a webhook receiver and for a mail server. Nothing leaves this machine; the last 500 messages are kept in memory.</p>
<form method="post">
<button formaction="/behave-by-button?for_s=20">Play sick for 20 s</button>
<button formaction="/behave-by-button?for_s=0">Be well</button>
</form>
<p id="link" role="status">not live: reload to see what is new</p>
</header>
<main id="board">
{board}
</main>
</body>
</html>
"""


def page(shelf: Shelf) -> str:
    """The whole page."""
    return _PAGE.format(board=board(shelf))


def board(shelf: Shelf) -> str:
    """Its changing part: the state of the sink in a sentence, then the cards."""
    groups = shelf.groups()
    cards = "\n".join(_card(group) for group in groups)
    return f"<p>{escape(_state(shelf, len(groups)))}</p>\n{cards or '<p class=empty>Nothing has come yet.</p>'}"


def _state(shelf: Shelf, notices: int) -> str:
    sick = shelf.sick(shelf.sickness.channel or "slack") if shelf.sickness else None
    well = "It takes everything." if sick is None else f"It plays sick until {_clock(sick.until)}: it answers {sick.status}."
    messages = len(shelf.kept)
    return f"{counted(messages, 'message')}, {notices} different. {well} {counted(shelf.turned_away, 'attempt')} turned away so far."


def _card(group: list[Received]) -> str:
    first, last = group[0], group[-1]
    lines = "".join(f"<p>{escape(line)}</p>" for line in last.lines)
    link = f'<p><a href="{escape(last.link)}">Open on the board</a></p>' if last.link.startswith(("http://", "https://")) else ""
    again = f"<p class=again>came {len(group)} times, same key: {', '.join(_clock(one.at) for one in group)}</p>" if len(group) > 1 else ""
    signed = {True: ", signature verified", False: ", signature WRONG", None: ""}[last.verified]
    return (
        f"<article><h2>{escape(last.title)}</h2>"
        f"<p class=how>{_NAMES[last.channel]} to {escape(last.path)} at <time>{_clock(first.at)}</time>{signed}, key {escape(last.key)}</p>"
        f"{again}{lines}{link}</article>"
    )


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")
