"""Batches that came compressed, unpacked up to a size: a small one may hold gigabytes of the same letter."""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Callable
from typing import Any

import cramjam

MOST_UNPACKED = 32 << 20
"""Bytes that one batch may unpack to, eight times the largest record that our topics take: senders fill batches of a megabyte or so."""
_HEADER = struct.Struct(">qiibIhiqqqhii")
"""What stands before the records; its second field is the length of all that follows it."""
_LENGTH_AT, _AFTER_LENGTH, _CODEC_AT = 8, 12, 22
_CODEC_BITS = 0b111
_XERIAL = b"\x82SNAPPY\x00"
"""Snappy as Java writes it: blocks, each with its length before it, behind this and two numbers of four bytes."""
_XERIAL_HEADER = 16


class UnpacksToTooMuch(ValueError):
    """A batch holds more than it may."""

    def __init__(self) -> None:
        super().__init__(f"it unpacks to more than {MOST_UNPACKED >> 20} MB")


def plain(raw: memoryview) -> memoryview:
    """A batch as if it had never been compressed (but for its checksum).

    Raises UnpacksToTooMuch, without having unpacked more than it may; ValueError, or an error of the codec, where it cannot be unpacked.
    """
    codec = raw[_CODEC_AT] & _CODEC_BITS
    if not codec:
        return raw
    if codec not in _CODECS:
        raise ValueError(f"compression {codec} is not known")
    whole = bytearray(raw[: _HEADER.size])
    whole += _CODECS[codec](raw[_HEADER.size :])
    whole[_CODEC_AT] &= ~_CODEC_BITS
    struct.pack_into(">i", whole, _LENGTH_AT, len(whole) - _AFTER_LENGTH)
    return memoryview(whole)


def _gzip(packed: memoryview) -> bytes:
    found, left = bytearray(), bytes(packed)
    while left:  # one member behind the other
        member = zlib.decompressobj(wbits=31)
        found += member.decompress(left, MOST_UNPACKED + 1 - len(found))
        if len(found) > MOST_UNPACKED:
            raise UnpacksToTooMuch
        if not member.eof:
            raise ValueError("it ends before its compressed data do")
        left = member.unused_data.lstrip(b"\0")
    return bytes(found)


def _snappy(packed: memoryview) -> bytes:
    blocks = _blocks(packed) if bytes(packed[: len(_XERIAL)]) == _XERIAL and len(packed) > _XERIAL_HEADER else [bytes(packed)]
    if sum(map(cramjam.snappy.decompress_raw_len, blocks)) > MOST_UNPACKED:
        raise UnpacksToTooMuch
    return b"".join(bytes(cramjam.snappy.decompress_raw(block)) for block in blocks)


def _blocks(packed: memoryview) -> list[bytes]:
    found, at = [], _XERIAL_HEADER
    while at < len(packed):
        (length,) = struct.unpack_from(">i", packed, at)
        if length <= 0:
            raise ValueError("a block of it has no length")
        found.append(bytes(packed[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


def _into(unpack: Callable[[bytes, Any], int]) -> Callable[[memoryview], bytes]:
    """A codec that writes to a buffer of which only those pages are taken that it fills."""

    def unpacked(packed: memoryview) -> bytes:
        with mmap.mmap(-1, MOST_UNPACKED) as buffer:
            try:
                return buffer[: unpack(bytes(packed), buffer)]
            except cramjam.DecompressionError as error:
                if "whole buffer" in str(error):
                    raise UnpacksToTooMuch from error
                raise

    return unpacked


_CODECS: dict[int, Callable[[memoryview], bytes]] = {
    1: _gzip,
    2: _snappy,
    3: _into(cramjam.lz4.decompress_into),
    4: _into(cramjam.zstd.decompress_into),
}
"""By Kafka's number."""
