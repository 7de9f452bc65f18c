"""Where each key of a TOML file stands: tomllib gives values without positions. Reads only what tomllib has found valid."""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]+")


def lines_of(text: str) -> dict[Path, int]:
    """Path of every table, key and array item -> its line, counted from 1. Items of arrays are numbers: ("owners", 0, "owner").

    `text` must be valid TOML; of anything else the answer is meaningless, but it ends.
    """
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.last_item: dict[Path, int] = {}
        """Arrays of tables -> the number of their newest item: later headers below them mean that one."""

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self.blank()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.blank()
        return self.lines

    def header(self) -> Path:
        line, repeated = self.line(), self.text.startswith("[[", self.at)
        self.at += 1 + repeated
        path = self.within(self.keys())
        if repeated:
            self.last_item[path] = self.last_item.get(path, -1) + 1
            self.lines.setdefault(path, line)
            path = (*path, self.last_item[path])
        self.note(path, line)
        self.at += 1 + repeated
        return path

    def within(self, keys: list[str]) -> Path:
        """The path of a header, through the newest item of each array of tables on the way."""
        path: Path = ()
        for key in keys:
            if path in self.last_item:
                path = (*path, self.last_item[path])
            path = (*path, key)
        return path

    def pair(self, table: Path) -> None:
        line = self.line()
        path = (*table, *self.keys())
        self.note(path, line)
        self.at += 1  # the equals sign
        self.value(path)

    def keys(self) -> list[str]:
        """A dotted key, and the spaces after it."""
        found = []
        while True:
            self.spaces()
            found.append(self.key())
            self.spaces()
            if not self.text.startswith(".", self.at):
                return found
            self.at += 1

    def key(self) -> str:
        if quoted := _STRING.match(self.text, self.at):
            self.at = quoted.end()
            return str(tomllib.loads(f"k = {quoted.group()}")["k"])
        bare = _BARE_KEY.match(self.text, self.at)
        self.at = bare.end() if bare else self.at + 1
        return bare.group() if bare else ""

    def value(self, path: Path) -> None:
        self.spaces()
        if self.text.startswith("[", self.at):
            self.array(path)
        elif self.text.startswith("{", self.at):
            self.inline_table(path)
        else:
            found = _STRING.match(self.text, self.at) or _BARE_VALUE.match(self.text, self.at)
            self.at = found.end() if found else self.at + 1

    def array(self, path: Path) -> None:
        self.at += 1
        number = 0
        while self.more("]"):
            self.note((*path, number), self.line())
            self.value((*path, number))
            number += 1
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while self.more("}"):
            self.pair(path)
        self.at += 1

    def more(self, end: str) -> bool:
        """Step over blanks and a comma; is there another item before `end`?"""
        self.blank()
        if self.text.startswith(",", self.at):
            self.at += 1
            self.blank()
        return self.at < len(self.text) and not self.text.startswith(end, self.at)

    def note(self, path: Path, line: int) -> None:
        """A key also places the tables above it that no header named."""
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def spaces(self) -> None:
        while self.text.startswith((" ", "\t"), self.at):
            self.at += 1
