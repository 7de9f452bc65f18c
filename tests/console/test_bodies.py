"""BodyLimits: none above the limit is read, whatever it is sent to, however it is sent, and by whom; so nobody fills the memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.console.serving import PIECE, Poured, console, first_password, peak_mb, pour, signed_in
from tests.installation import Installation
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]

MB = 1 << 20
POURED = 300 * MB
MOST_GROWTH_MB = 60
ADDRESSES = [
    ("POST", "/api/login"),
    ("POST", "/api/commands"),
    ("POST", "/api/me/password"),
    ("PATCH", "/api/users/admin"),
    ("POST", "/api/logout"),
    ("GET", "/api/tasks"),
    ("GET", "/api/oidc/callback?code=x"),
    ("POST", "/api/nothing"),
    ("PROPFIND", "/api/login"),
    ("GET", "/"),
    ("PUT", "/assets/nothing.js"),
    ("GET", "/livez"),
    ("HEAD", "/readyz"),
]


@pytest.fixture(scope="module")
def installation(bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with console(bootstrap, "bodies.", tmp_path_factory.mktemp("bodies")) as installation:
        yield installation


@pytest.fixture(scope="module")
def admin(installation: Installation) -> Iterator[httpx.Client]:
    http = signed_in(installation, "admin", first_password(installation))
    yield http
    http.close()


def head(method: str, address: str, *more: str) -> str:
    return "\n".join([f"{method} {address} HTTP/1.1", "Host: board.local", "Content-Type: application/json", *more, ""])


def is_refused(told: Poured, method: str = "POST") -> None:
    assert told.status == 413, told
    assert "connection: close" in told.headers
    if method != "HEAD":
        assert "application/json" in told.headers
        assert "larger than" in told.detail
    assert "frame-ancestors 'none'" in told.headers
    assert told.closed


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_a_length_above_the_limit_is_refused_before_anything_is_read(installation, method, address):
    told = pour(installation, head(method, address, f"Content-Length: {1500 * MB}", "Expect: 100-continue"))
    is_refused(told, method)
    assert not told.interim, "it asked for the body that it had refused"


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_a_body_without_a_length_is_refused_at_the_limit_and_who_sends_on_fills_no_memory(installation, method, address):
    before = peak_mb(installation)
    piece = b"%x\r\n%s\r\n" % (PIECE, b"x" * PIECE)
    told = pour(
        installation,
        head(method, address, "Transfer-Encoding: chunked"),
        piece,
        POURED if address in {"/api/login", "/api/tasks"} else 8 * MB,
    )
    is_refused(told, method)
    assert peak_mb(installation) - before < MOST_GROWTH_MB


def test_who_pours_what_was_announced_fills_no_memory(installation):
    before = peak_mb(installation)
    told = pour(installation, head("POST", "/api/login", f"Content-Length: {POURED}"), b"x" * PIECE, POURED)
    is_refused(told)
    assert peak_mb(installation) - before < MOST_GROWTH_MB


def test_a_hundred_at_once_fill_no_memory_either(installation):
    before = peak_mb(installation)
    with ThreadPoolExecutor(100) as at_once:
        heads = [head("POST", "/api/login", f"Content-Length: {8 * MB}")] * 50 + [head("GET", "/x", "Transfer-Encoding: chunked")] * 50
        told = list(at_once.map(lambda one: pour(installation, one, b"%x\r\n%s\r\n" % (PIECE, b"x" * PIECE), 8 * MB), heads))
    assert {one.status for one in told} == {413}
    assert peak_mb(installation) - before < MOST_GROWTH_MB


def test_a_client_that_writes_all_before_it_reads_is_told_too(installation):
    with httpx.Client(base_url=installation.address("console"), timeout=30) as http:
        answer = http.post("/api/login", content=b"x" * (2 * MB), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.json() == {"detail": "the body is larger than 16,384 bytes, the most that is read before somebody has signed in"}


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "9" * 400, "9" * 5000, "5, 6", "+5", "\u0661"])
def test_a_length_that_is_none_is_refused_by_name(installation, length):
    told = pour(installation, head("POST", "/api/login", f"Content-Length: {length}"), b"x", 5)
    assert told.status == 400, told


def test_a_length_that_says_too_little_ends_the_body_there(installation):
    told = pour(installation, head("POST", "/api/login", "Content-Length: 2", "Connection: close"), b"{}" + b"x" * PIECE, 20 * MB)
    assert told.status == 422


def test_who_has_signed_in_may_act_on_many_tasks_with_words_to_each(admin):
    asked = {"commands": [{"verb": "resolve", "task": f"T-{number}", "note": "é" * 1000} for number in range(500)]}
    answer = admin.post("/api/commands", json=asked)
    assert answer.status_code == 202, answer.text
    assert len(answer.json()["results"]) == 500
    asked["commands"][0]["note"] = "x" * (6 * MB)
    answer = admin.post("/api/commands", json=asked)
    assert (answer.status_code, answer.json()) == (413, {"detail": "the body is larger than 4,194,304 bytes: act on fewer tasks at once"})
    with httpx.Client(base_url=admin.base_url, cookies={"makegood_session": "made up"}) as stranger:
        assert stranger.post("/api/commands", content=b"x" * MB).status_code == 413


def test_the_longest_name_and_password_fit_into_what_strangers_may_send(installation):
    body = json.dumps({"name": "\U0001f600" * 256, "password": "\U0001f600" * 1024})
    assert len(body) > 15_000
    answer = httpx.post(
        f"{installation.address('console')}/api/login", content=body, headers={"Content-Type": "application/json"}, timeout=30
    )
    assert answer.status_code == 401, answer.text


def test_a_refused_client_may_come_again_over_a_new_connection(installation, admin):
    assert admin.post("/api/login", content=b"x" * (6 * MB)).status_code == 413
    assert admin.get("/api/me").json()["name"] == "admin"


BOMBS = {
    "deep lists": "[" * 8000 + "]" * 8000,
    "deep objects": '{"name":' * 1900 + "1" + "}" * 1900,
    "deep value": '{"name": "x", "password": ' + "[" * 900 + "]" * 900 + "}",
    "unfinished": "[" * 16000,
    "long number": '{"name": ' + "9" * 9000 + "}",
    "infinity": '{"name": 1e999, "password": -Infinity}',
    "not a number": '{"name": "x", "password": NaN}',
    "half a character": '{"name": "\\ud800", "password": "\\udfff"}',
    "half a character as a key": '{"\\ud800": 1}',
    "zero byte": '{"name": "a\\u0000b", "password": "\\u0000"}',
    "not text": b"\xff\xfe\x00{",
    "utf-16": '{"name": "x", "password": "y"}'.encode("utf-16"),
    "nothing": "",
    "null": "null",
    "many keys": "{" + ",".join(f'"k{n}":1' for n in range(1500)) + "}",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=list(BOMBS))
def test_no_body_makes_an_error_of_ours(installation, admin, bomb):
    content = bomb if isinstance(bomb, bytes) else bomb.encode()
    for address in ("/api/login", "/api/commands", "/api/me/password", "/api/users"):
        answer = admin.post(address, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 401, 422}, (address, answer.status_code, answer.text[:200])
        assert "detail" in json.loads(answer.text)
    assert admin.patch("/api/users/admin", content=content, headers={"Content-Type": "application/json"}).status_code in {400, 422}


@pytest.mark.faults
def test_a_body_that_trickles_is_not_waited_for(installation):
    heads = [
        head("POST", "/api/login", "Content-Length: 1000"),
        head("POST", "/api/login", "Transfer-Encoding: chunked"),
        head("GET", "/api/tasks", "Content-Length: 1000"),
        head("POST", "/api/nothing", "Content-Length: 10"),
    ]
    silent = head("POST", "/api/login", "Content-Length: 1000")
    with ThreadPoolExecutor(5) as at_once:
        told = list(
            at_once.map(lambda one: pour(installation, one, b"1\r\nx\r\n" if "chunked" in one else b"x", 300, pause_s=0.2), heads[:3])
        )
        told += list(at_once.map(lambda one: pour(installation, one), [heads[3], silent]))
    for one in told:
        assert one.status == 408, one
        assert one.detail == "the body did not come within 10 s"
        assert one.closed
        assert one.took_s < PATIENT_S


@pytest.mark.faults
def test_thousand_slow_bodies_keep_nobody_out(installation, admin):
    ending, going = threading.Event(), []

    def trickle() -> None:
        while not ending.is_set():
            pour(installation, head("POST", "/api/login", "Content-Length: 16000"), b"x" * 1000, 15_000, pause_s=0.5)

    before = peak_mb(installation)
    for _ in range(200):
        going.append(threading.Thread(target=trickle, daemon=True))
        going[-1].start()
    try:
        assert admin.get("/api/me").status_code == 200
        assert admin.post("/api/commands", json={"commands": [{"verb": "acknowledge", "task": "T-1"}]}).status_code == 202
    finally:
        ending.set()
        for one in going:
            one.join(PATIENT_S)
    assert peak_mb(installation) - before < MOST_GROWTH_MB
