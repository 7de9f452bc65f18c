"""The project speaks the field's words: a word that was renamed does not come back, in code, in the docs or on the board.

Each room lists its old words with what they are called now. In Python whole names count (identifiers, and the names of modules), not the
English of sentences. In docs and in the board's sources only words count that are no English.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from schemas.topics import BY_NAME

ROOT = Path(__file__).parent.parent


def pairs(text: str) -> dict[str, str]:
    return dict(pair.strip().split(": ") for line in text.split("\n") for pair in line.split(";") if pair.strip())


EVERYWHERE = pairs("""
Told: RenderedNotice, OnProgress, Preview ...; told: rendered, values, on_progress ...; tell: publish, record, on_change; untold: unpublished
Lane: PartitionTask, DestinationWorker; lane: partition_task, worker; Room: AdmissionControl; room: wait_for_capacity; Desk: Dependencies
desk: deps; Door: LoginService; door: login_service, client; House: Installation; house: installation; thing: object_key, object_id
move: transition, tier_after, set_open ... (it had six meanings); Moved: MetricChanged; vitals: pipeline_health; Vitals: PipelineHealth
bus: kafka; BusError: KafkaUnavailable; tell_all: publish_all
""")
NAMES = {
    "schemas": {},
    "streams": pairs("""
decided: contract; effects: context; owners: assignment; Refused: StopWorker; standing: segment; Standing: Segment; guard: failure_limit
deadline: timer; deadlines: timers; startcheck: recovery_check"""),
    "handlers": pairs("""
attempts: delivery_records; words: sanitize; opens_after: failure_threshold; rests: cooldown; rests_s: cooldown_s; told_from: notify_from
NOWHERE: UNROUTED; PASSED_OVER: SUPPRESSED; patience: retry_policy; patience_of: retry_policy_of; standing: known_status; telling: rendering"""),
    "gateway": pairs("answers: responses; Proof: Verification; proof: verification; measures: metrics; Measures: Metrics"),
    "console": pairs("""
letters: dead_letters; Tries: LoginRateLimiter; Live: ChangeStream; Refused: BodyRefused, SignInRefused; Happening: service_event
happening: service_event; ill: degraded; well: healthy; sealed: encode_cursor; opened: decode_cursor; Asking: AskedOutcome; guard: auth_middleware"""),
    "makegood": pairs("""
live: scenarios; living: runner; feed: projection_feed; Feed: ProjectionFeed; before: preflight; Part: Service; part: service
Keeper: ServiceSupervisor; keeper: supervised; Sends: PendingSends; plainly: friendly_errors; last_words: crash_reason; standings: states
weak_secrets: secret_strength; Announcer: ServiceEvents; announcer: service_events; handlers_asked: deliveries_admin"""),
}
MODULES = {
    "streams": "chunks lane startcheck guard deadlines customer standing owners snapshots effects room",
    "handlers": "looking reviving patience lane telling sending posting answers attempts words",
    "gateway": "desk measures bodies answers pages people proof room",
    "console": "asking telling vitals letters forgetting guard door tries happening",
    "makegood": "bus feed house part keeper last_words before weak_secrets announcer handlers_asked live living telling",
}
EXCEPTIONS = {
    ("streams", "decided"): "what a stretch of records led to (`contract.Decided`); the module of that name is gone",
    ("streams", "effects"): "what a decision does beside its state (`context.Effects`); the module of that name is gone",
    ("streams", "owners"): "who owns tasks: a table of the policy",
    ("handlers", "attempts"): "how often a delivery was tried",
    ("handlers", "words"): "the words of a notice",
    ("gateway", "answers"): "the answers of a form",
    ("console", "letters"): "dead letters",
    ("makegood", "live"): "whether a process lives: the answer of /livez",
    ("makegood", "feed"): "to feed records to a fold; what feeds the projection is ProjectionFeed",
    ("makegood", "before"): "earlier; the module that checks before a start is preflight",
    ("makegood", "part"): "a part of a whole; what Makegood runs is a service",
}
OLD_IN_DOCS = re.compile(
    r"\b(startcheck|gateway-key|told_from|opens_after|PASSED_OVER|NOWHERE|BusError|handlers_asked|weak_secrets|last_words|plainly)\b"
    r"|makegood translate|streams/chunks|handlers/lane|topic `(?:identified|due|standings|waiting)`"
)
OLD_ON_THE_BOARD = re.compile(r"\b(DeedArea|deeds?|keep[A-Z]\w*|useLoaded|takePending)\b")
DOCS = sorted((ROOT / "docs").glob("*.md"))
BOARD = sorted(path for path in (ROOT / "console/ui/src").rglob("*") if path.suffix in {".ts", ".tsx", ".css"})


def sources(room: str) -> list[Path]:
    folders = [folder for folder in (ROOT / room).iterdir() if folder.is_dir() and folder.name != "ui"]
    return sorted([*(ROOT / room).glob("*.py"), *(path for folder in folders for path in folder.rglob("*.py"))])


def old_names(source: str, words: set[str]) -> Iterator[tuple[int, str]]:
    """Line and word of each identifier that is an old one; those in the braces of f-strings count too."""
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type == tokenize.NAME and token.string in words:
            yield token.start[0], token.string
        elif token.type == tokenize.STRING and "f" in token.string.partition(token.string[-1])[0].lower():
            inside = re.sub(r"'[^']*'|\"[^\"]*\"", "", " ".join(re.findall(r"{([^{}]+)}", token.string)))
            yield from ((token.start[0], word) for word in re.findall(r"[^\W\d]\w*", inside) if word in words)


def found_in(room: str) -> list[tuple[Path, int, str]]:
    modern = EVERYWHERE | NAMES[room]
    any_of_them = re.compile(rf"\b({'|'.join(modern)})\b")
    texts = ((path, path.read_text(encoding="utf-8")) for path in sources(room))
    return [(path, line, word) for path, text in texts if any_of_them.search(text) for line, word in old_names(text, set(modern))]


@pytest.mark.parametrize("room", NAMES)
def test_no_old_word_is_a_name_in(room):
    found = found_in(room)
    back = [
        f"{path}:{line}: {word} is called {(EVERYWHERE | NAMES[room])[word]}"
        for path, line, word in found
        if (room, word) not in EXCEPTIONS
    ]
    assert not back, "\n".join(back)
    assert {word for _, _, word in found} == {word for where, word in EXCEPTIONS if where == room}, "an exception is no longer needed"


@pytest.mark.parametrize("room", MODULES)
def test_no_module_has_an_old_name_in(room):
    old = set(MODULES[room].split())
    assert not [str(path) for path in sources(room) if path.stem in old or path.parent.name in old]


def test_no_topic_has_an_old_name():
    assert not BY_NAME.keys() & {"identified", "due", "standings", "waiting"}


@pytest.mark.parametrize(("files", "old"), [(DOCS, OLD_IN_DOCS), (BOARD, OLD_ON_THE_BOARD)], ids=["docs", "board"])
def test_no_old_word_is_in(files, old):
    found = [f"{path}: {one[0]}" for path in files for one in old.finditer(path.read_text(encoding="utf-8"))]
    assert files
    assert not found, "\n".join(found)


def test_this_test_can_fail():
    source = 'told = tell("told")  # told\nmessage = f"told {told!r} {known[\'told\']}"\nuntold_story = self.lane\n'
    assert list(old_names(source, set(EVERYWHERE))) == [(1, "told"), (1, "tell"), (2, "told"), (3, "lane")]
    assert OLD_IN_DOCS.search("run `makegood gateway-key NAME`")
    assert OLD_ON_THE_BOARD.search("useLoaded(")
