# SPDX-License-Identifier: GPL-2.0
"""Lies of compression: stored as the table says, but not a frame to take."""

import gzip
import zlib

import zstd
from edits import CHUNK, Image, Recipe, data, lie, two
from zstd import (BLOCK, COMPRESSED, RAW, RESERVED, RLE, SINGLE_SEGMENT, block,
                  blocks, frame, header, repeated, skippable)

TEXT = b"k" * CHUNK
CHECKSUM = bytes.fromhex("e6533fd3")     # of TEXT, as zstd makes it
PATTERN = bytes(range(64)) * (CHUNK // 64)


def headers():
    """Everything but the header is right."""
    body = blocks(TEXT)
    for octets in (1, 2, 4):
        for what, identifier in (("0", bytes(octets)),
                                 ("1", b"\1".ljust(octets, b"\0"))):
            yield f"dictionary_{what}_in_{octets}_octets", \
                header(CHUNK, dictionary=identifier) + body
    yield "checksum", header(
        CHUNK, flags=SINGLE_SEGMENT | zstd.CHECKSUM) + body + CHECKSUM
    yield "checksum_promised", header(
        CHUNK, flags=SINGLE_SEGMENT | zstd.CHECKSUM) + body
    yield "checksum_not_promised", frame(TEXT) + CHECKSUM
    yield "reserved_bit", header(
        CHUNK, flags=SINGLE_SEGMENT | zstd.RESERVED_BIT) + body
    for exponent in (0, 2, 3, 7, 10, 17, 21, 31):
        window = bytes([exponent << 3])
        yield f"window_2_to_{10 + exponent}_with_size", header(
            CHUNK, 4, flags=0, window=window) + body
        yield f"window_2_to_{10 + exponent}_without_size", header(
            CHUNK, 0, flags=0, window=window) + body
    yield "window_mantissa", header(CHUNK, 2, flags=0, window=b"\x17") + body
    for size in (0, 1, 255, CHUNK - 1, CHUNK + 1, 2 * CHUNK):
        octets = 1 if size < 256 else 2
        yield f"size_{size}", header(size, octets) + body
    for size, octets in ((CHUNK << 16, 4), ((1 << 32) - 1, 4),
                         (CHUNK | 1 << 32, 8), ((1 << 63), 8),
                         ((1 << 64) - 1, 8), ((1 << 64) - 2, 8)):
        yield f"size_{size}", header(size, octets) + body
    for name, magic in (("zero", bytes(4)), ("next", b"\x29\xb5\x2f\xfd"),
                        ("reversed", zstd.MAGIC[::-1]),
                        ("of_version_7", b"\x27\xb5\x2f\xfd"),
                        ("of_version_5", b"\x25\xb5\x2f\xfd"),
                        ("of_a_dictionary", b"\x37\xa4\x30\xec"),
                        ("of_lz4", b"\x04\x22\x4d\x18")):
        yield f"magic_{name}", header(CHUNK, magic=magic) + body
    yield "without_magic", frame(TEXT)[4:]


def surroundings():
    """The frame is right, and not alone, or not whole."""
    good = frame(TEXT)
    for name, octets in {
            "octet_behind": good + b"\0", "newline_behind": good + b"\n",
            "octet_before": b"\0" + good,
            "skippable_before": skippable() + good,
            "skippable_behind": good + skippable(),
            "empty_skippable_before": skippable(b"") + good,
            "empty_skippable_behind": good + skippable(b"", 15),
            "skippable_alone": skippable(TEXT[:50]),
            "empty_frame_before": frame(b"") + good,
            "empty_frame_behind": good + frame(b""),
            "twice": good + good,
            "in_two_frames": frame(TEXT[:2048]) + frame(TEXT[2048:]),
            "empty_frame": frame(b""),
            "cut_by_one": good[:-1], "cut_before_block": good[:-4],
            "header_only": header(CHUNK), "header_cut": header(CHUNK)[:5],
            "magic_only": zstd.MAGIC, "one_octet": b"\x28",
            "magic_cut": zstd.MAGIC[:3],
            "two_octets": zstd.MAGIC[:2]}.items():
        yield name, octets
    for name, octets in {
            "gzip": gzip.compress(TEXT, mtime=0), "zlib": zlib.compress(TEXT),
            "zeros": bytes(20), "ones": b"\xff" * 20, "not_at_all": TEXT,
            "not_at_all_and_longer": TEXT + b"k" * 64}.items():
        yield f"stored_{name}", octets


def bodies():
    """Blocks."""
    head, half = header(CHUNK), CHUNK // 2
    rle, raw = block(RLE, b"k", CHUNK), block(RAW, TEXT)
    for name, octets in {
            "none": b"", "rle_not_last": rle, "raw_not_last": raw,
            "rle_last_twice": block(RLE, b"k", half, True) * 2,
            "behind_the_last": block(RLE, b"k", CHUNK, True)
            + block(RAW, b"", last=True),
            "reserved_type": block(RESERVED, b"k", CHUNK, True),
            "reserved_type_behind_good": rle + block(RESERVED, b"", last=True),
            "reserved_type_of_nothing_first": block(RESERVED, b"")
            + block(RLE, b"k", CHUNK, True),
            "rle_short": block(RLE, b"k", CHUNK - 1, True),
            "rle_long": block(RLE, b"k", CHUNK + 1, True),
            "rle_bomb": block(RLE, b"k", BLOCK, True),
            "rle_bomb_of_2_mib": block(RLE, b"k", (1 << 21) - 1, True),
            "rle_many_bombs": block(RLE, b"k", BLOCK) * 900
            + block(RLE, b"k", BLOCK, True),
            "rle_without_octet": block(RLE, b"", CHUNK, True),
            "raw_short": block(RAW, TEXT[:-1], last=True),
            "raw_long": block(RAW, TEXT + b"k", last=True),
            "raw_size_one_more": block(RAW, TEXT, CHUNK + 1, True),
            "raw_size_one_less": block(RAW, TEXT, CHUNK - 1, True),
            "raw_size_of_2_mib": block(RAW, TEXT, (1 << 21) - 1, True),
            "raw_and_rle_too_long": block(RAW, TEXT[:half])
            + block(RLE, b"k", half + 1, True),
            "compressed_empty": block(COMPRESSED, b"", last=True),
            "compressed_one_octet": block(COMPRESSED, b"\0", last=True),
            "compressed_zeros": block(COMPRESSED, bytes(40), last=True),
            "compressed_ones": block(COMPRESSED, b"\xff" * 40, last=True),
            "block_header_cut": rle[:2]}.items():
        yield f"block_{name}", head + octets


def compressed():
    """Blocks that are compressed, with one thing wrong."""
    head, good = header(CHUNK), repeated(PATTERN[:64], CHUNK)
    for name, octets in {
            "one_short": repeated(PATTERN[:64], CHUNK - 1),
            "one_long": repeated(PATTERN[:64], CHUNK + 1),
            "offset_before_the_start": repeated(PATTERN[:64], CHUNK, 65),
            "offset_far_before_the_start": repeated(PATTERN[:64], CHUNK, 4000),
            "bit_stream_without_end": good[:-1] + b"\0",
            "bit_stream_longer": block(COMPRESSED, good[3:] + b"\1",
                                       last=True),
            "bit_stream_cut": block(COMPRESSED, good[3:-1], last=True),
            "literals_cut": block(COMPRESSED, good[3:20], last=True),
            "literals_only": block(COMPRESSED, good[3:69], last=True),
            "treeless_without_a_tree": block(
                COMPRESSED, bytes([good[3] | 3]) + good[4:], last=True),
            "repeat_without_a_table": modes(good, 0xfc),
            "reserved_modes": modes(good, 0x57),
            "no_such_literals_code": code(good, 0, 36),
            "no_such_offset_code": code(good, 1, 40),
            "no_such_match_code": code(good, 2, 53),
            "not_last": block(COMPRESSED, good[3:])}.items():
        yield f"compressed_{name}", head + octets


def modes(good, octet):
    place = 3 + 2 + 64 + 1
    return good[:place] + bytes([octet]) + good[place + 1:]


def code(good, which, value):
    place = 3 + 2 + 64 + 2 + which
    return good[:place] + bytes([value]) + good[place + 1:]


def packed(chunk, octets):
    return Recipe([Image(chunk, compression=1, pack=lambda _: octets)])


def lies():
    for group in (headers, surroundings, bodies, compressed):
        chunk = PATTERN if group is compressed else TEXT
        for name, octets in group():
            if len(octets) <= CHUNK + 64:
                yield lie(f"zstd_{name}", "UNPACK", packed(chunk, octets))
    other = data(CHUNK, "other")
    for name, octets in (("raw", frame(other)), ("rle", frame(b"j" * CHUNK))):
        yield lie(f"zstd_other_octets_{name}", "DIGEST", packed(TEXT, octets))
    yield lie("zstd_chunks_exchanged", "DIGEST", Recipe(
        [Image(TEXT + PATTERN, compression=1, pack=exchanged)]))
    for name, pack in (("octet_behind", lambda c: frame(c) + b"\0"),
                       ("checksum_bit", lambda c: header(
                           len(c), flags=SINGLE_SEGMENT | zstd.CHECKSUM)
                        + blocks(c)),
                       ("cut_by_one", lambda c: frame(c)[:-1])):
        yield lie(f"zstd_last_chunk_{name}", "UNPACK", Recipe([Image(
            TEXT + PATTERN[:100], compression=1, pack=lambda c, p=pack:
            p(c) if len(c) < CHUNK else frame(c))]))
        yield lie(f"zstd_second_image_{name}", "UNPACK", second(pack))


def exchanged(chunk):
    return frame(TEXT if chunk == PATTERN else PATTERN)


def second(pack):
    made = two(compression=1)
    made.images[1].pack = pack
    return made
