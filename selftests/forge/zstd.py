# SPDX-License-Identifier: GPL-2.0
"""zstd frames (RFC 8878) put together by hand, right and wrong ones."""

MAGIC = bytes.fromhex("28b52ffd")
BLOCK = 128 * 1024
RAW, RLE, COMPRESSED, RESERVED = range(4)
SINGLE_SEGMENT, UNUSED_BIT, RESERVED_BIT, CHECKSUM = 0x20, 0x10, 0x08, 0x04
# code: (baseline, extra bits), as far as they are used here
LITERALS_LENGTH = {0: (0, 0), 5: (5, 0), 25: (64, 6), 27: (256, 8)}
MATCH_LENGTH = {0: (3, 0), 47: (2051, 11), 51: (32771, 15)}


def block(kind, data, size=None, last=False):
    size = len(data) if size is None else size
    return (size << 3 | kind << 1 | last).to_bytes(3, "little") + data


def size_field(size, octets):
    if octets == 2:
        size -= 256
    return size.to_bytes(octets, "little")


def header(size, octets=None, flags=SINGLE_SEGMENT, dictionary=b"",
           window=b"", magic=MAGIC):
    """octets: 1, 2, 4 or 8 of content size; 0 with a window instead."""
    if octets is None:
        octets = 1 if size < 256 else 2 if size < 65792 else 4
    flag = {0: 0, 1: 0, 2: 1, 4: 2, 8: 3}[octets]
    ids = {0: 0, 1: 1, 2: 2, 4: 3}[len(dictionary)]
    field = size_field(size, octets) if octets else b""
    descriptor = bytes([flag << 6 | flags | ids])
    return magic + descriptor + window + dictionary + field


def blocks(chunk, kind=None, piece=BLOCK):
    """RLE where a piece is one byte repeated, raw where not."""
    out = b""
    for start in range(0, len(chunk), piece):
        part = chunk[start:start + piece]
        last = start + piece >= len(chunk)
        if kind != RAW and part == part[:1] * len(part):
            out += block(RLE, part[:1], len(part), last)
        else:
            out += block(RAW, part, last=last)
    return out


def frame(chunk, kind=None, piece=BLOCK, body=None, **head):
    head.setdefault("size", len(chunk))
    body = blocks(chunk, kind, piece) if body is None else body
    return header(**head) + body


def skippable(data=b"kota", nibble=0):
    return (0x184d2a50 | nibble).to_bytes(4, "little") + \
        len(data).to_bytes(4, "little") + data


def raw_literals(data):
    if len(data) < 32:
        return bytes([len(data) << 3]) + data
    return (len(data) << 4 | 1 << 2).to_bytes(2, "little") + data


def code(table, value):
    for number, (base, bits) in table.items():
        if base <= value < base + (1 << bits):
            return number, value - base, bits
    raise ValueError(value)


def sequences(triples):
    """Sequences (literals, offset, match), all of which have the same codes:
    the three tables are RLE, and the bit stream has nothing but extra bits."""
    stream, codes = 1, ()
    for literals, offset, match in triples:
        value = offset + 3
        offset_code = value.bit_length() - 1
        ll, ll_extra, ll_bits = code(LITERALS_LENGTH, literals)
        ml, ml_extra, ml_bits = code(MATCH_LENGTH, match)
        codes = (ll, offset_code, ml)
        stream = stream << offset_code | value - (1 << offset_code)
        stream = stream << ml_bits | ml_extra
        stream = stream << ll_bits | ll_extra
    stream = stream.to_bytes((stream.bit_length() + 7) // 8, "little")
    return bytes([len(triples), 0b01010100, *codes]) + stream


def repeated(pattern, size, offset=None):
    """A compressed block: the pattern, then itself over and over."""
    return block(COMPRESSED, raw_literals(pattern) + sequences(
        [(len(pattern), offset or len(pattern), size - len(pattern))]),
        last=True)


def huffman(letters):
    """A compressed block of literals, a 0 or 1 each, one bit for each."""
    stream = int("1" + "".join(map(str, letters)), 2)
    stream = stream.to_bytes((stream.bit_length() + 7) // 8, "little")
    tree = bytes([127 + 1, 1 << 4])
    size = len(tree) + len(stream)
    head = (COMPRESSED | len(letters) << 4 | size << 14).to_bytes(3, "little")
    return block(COMPRESSED, head + tree + stream + b"\0", last=True)
