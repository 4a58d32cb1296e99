# SPDX-License-Identifier: GPL-2.0
"""
zstd frames (RFC 8878) piece by piece. Nothing is compressed: the blocks are raw, or
one byte that repeats, and say what they like of themselves.
"""

import struct

MAGIC = bytes.fromhex('28b52ffd')
RAW, RLE, COMPRESSED, RESERVED = range(4)


def block(kind, data, size=None, last=True):
    size = len(data) if size is None else size
    return (size << 3 | kind << 1 | last).to_bytes(3, 'little') + data


def header(size, single=True, flags=0, window=b'', dictionary=b'', code=None):
    """@code: how the content size is written; None: as short as it can be."""
    if code is None:
        code = 0 if size < 256 else 1 if size < 65536 + 256 else 2
    field = [bytes([size & 0xff]) if single else b'', struct.pack('<H', size - 256 & 0xffff),
             struct.pack('<I', size & 0xffffffff), struct.pack('<Q', size)][code]
    return MAGIC + bytes([code << 6 | single << 5 | flags]) + window + dictionary + field


def frame(data, **options):
    """One frame of raw blocks."""
    out = header(len(data), **options)
    for off in range(0, len(data), 1 << 17):
        piece = data[off:off + (1 << 17)]
        out += block(RAW, piece, last=off + len(piece) == len(data))
    return out
