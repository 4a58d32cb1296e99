# SPDX-License-Identifier: GPL-2.0
"""Lies of tables: their encryption, their digest, and what they say."""

import manual
from edits import (CHUNK, SHA3_256, at, bits_of, fields, flip, lie, one,
                   two, within)
from recipe import hashed, label

U32 = (1 << 32) - 1


def entry(number, **values):
    """An edit of one entry of the first image's table."""
    def edit(tables):
        tables[0]["entries"][number].update(values)
    return edit


def change_entry(number, field, function, image=0):
    def edit(tables):
        found = tables[image]["entries"][number]
        found[field] = function(found[field])
    return edit


def tags():
    """Tables as they are encrypted."""
    for place in (0, 15, 16, 100, -16, -1):
        yield f"ciphertext_octet_{place}", "TAG", one().edit(
            "blocks", at(0, at(0, flip(place))))
    yield "tag_zero", "TAG", one().edit(
        "blocks", at(0, lambda b: [b[0][:-16] + bytes(16)]))
    yield "tag_first", "TAG", one().edit(
        "blocks", at(0, lambda b: [b[0][-16:] + b[0][:-16]]))
    yield "in_plaintext", "TAG", plaintext(one())
    yield "zero", "TAG", one().edit(
        "blocks", at(0, lambda b: [bytes(len(b[0]))]))
    yield "of_images_swapped", "TAG", two().edit("blocks", lambda b: b[::-1])
    yield "of_first_image_twice", "TAG", two().edit(
        "blocks", lambda b: [b[0], b[0]])
    for place in (0, -1):
        yield f"second_ciphertext_octet_{place}", "TAG", two().edit(
            "blocks", at(1, at(0, flip(place))))


def plaintext(made):
    kept = []
    return made.edit("plain", lambda plain: kept.append(plain[0])).edit(
        "blocks", at(0, lambda b: [kept[-1] + bytes(16)]))


def roots():
    """The manifest has another digest for the table."""
    def root(function, index=0, made=None):
        return (made or one()).edit(
            "images", at(index, within("root", function)))

    for name, function in (("first_bit", flip(0)), ("last_bit", flip(-1, 7)),
                           ("zero", lambda r: bytes(32)),
                           ("reversed", lambda r: r[::-1])):
        yield name, "TABLE", root(function)
        yield f"second_{name}", "TABLE", root(function, 1, two())

    def computed(function, **image):
        kept = []
        return one(**image).edit("plain", lambda plain: kept.append(
            plain[0])).edit("images", lambda images: images[0].update(
                root=function(kept[-1])))

    v1 = label("kota table v1")
    for name, function in {
            "of_the_table_alone": lambda t: hashed(1, t),
            "of_another_version": lambda t: hashed(1, label("kota table v2")
                                                   + t),
            "of_label_without_padding": lambda t: hashed(1, b"kota table v1"
                                                         + t),
            "of_label_behind": lambda t: hashed(1, t + v1),
            "of_the_head": lambda t: hashed(1, v1 + t[:16]),
            "of_the_entries": lambda t: hashed(1, v1 + t[16:]),
            "by_sha3": lambda t: hashed(SHA3_256, v1 + t)}.items():
        yield name, "TABLE", computed(function)
    yield "by_sha2_not_sha3", "TABLE", computed(
        lambda t: hashed(1, v1 + t), digest=SHA3_256)
    yield "swapped", "TABLE", two().edit("images", swap_roots)


def swap_roots(images):
    images[0]["root"], images[1]["root"] = images[1]["root"], images[0]["root"]


def forms():
    """The table's digest is right; what it says is not."""
    for made, prefix in ((one(), ""), (two(), "second_")):
        place = 1 if prefix else 0
        for name, field, value in bits_of(manual.TABLE):
            yield prefix + name, "FORMAT", made.edit(
                "tables", fields(at=place, **{field: value}))
        for number in (0, 1, 2, 4, 256, U32):
            if number != len(made.images[place].chunks()):
                yield f"{prefix}nr_chunks_{number}", "FORMAT", made.edit(
                    "tables", fields(at=place, nr_chunks=number))
        for name, field, value in bits_of(manual.ENTRY):
            for number in (0, -1):
                yield f"{prefix}entry_{number}_{name}", "FORMAT", made.edit(
                    "tables", lambda t, f=field, v=value, n=number, p=place:
                    t[p]["entries"][n].update({f: v}))
    for number, length in ((0, CHUNK - 1), (0, CHUNK + 1), (0, 0), (0, U32),
                           (1, CHUNK + 16), (2, 807), (2, 809), (2, CHUNK),
                           (2, 0)):
        yield f"stored_len_{number}_{length}", "FORMAT", one().edit(
            "tables", entry(number, stored_len=length))
    yield "stored_lens_that_even_out", "FORMAT", one().edit(
        "tables", lambda t: entry(0, stored_len=CHUNK - 1)(t)
        or entry(1, stored_len=CHUNK + 1)(t))
    for number, length in ((0, 0), (0, CHUNK + 65), (0, U32), (2, 0),
                           (2, 808 + 65), (2, CHUNK + 64)):
        yield f"zstd_stored_len_{number}_{length}", "FORMAT", \
            one(compression=1).edit("tables", entry(number, stored_len=length))
    for by in (1, -1):
        yield f"zstd_stored_len_off_by_{by}", "FORMAT", \
            one(compression=1).edit("tables", change_entry(
                0, "stored_len", lambda n, b=by: n + b))


def digests():
    """The table is well-formed, and has a digest or CRC of other octets."""
    for number in (0, 1, 2):
        yield f"stored_{number}", "DIGEST", one().edit(
            "tables", change_entry(number, "stored", flip(number)))
    yield "stored_second_image", "DIGEST", two().edit(
        "tables", change_entry(0, "stored", flip(0), image=1))
    yield "stored_swapped", "DIGEST", one(2 * CHUNK).edit(
        "tables", swap_stored)
    yield "stored_by_sha3", "DIGEST", one().edit(
        "tables", change_entry(0, "stored", lambda d: hashed(SHA3_256, d)))
    for which in ("stored", "final"):
        for number in (0, 2):
            yield f"zstd_{which}_{number}", "DIGEST", one(compression=1).edit(
                "tables", change_entry(number, which, flip(-1)))
    yield "zstd_final_is_stored", "DIGEST", one(compression=1).edit(
        "tables", lambda t: t[0]["entries"][0].update(
            final=t[0]["entries"][0]["stored"]))
    yield "zstd_final_zero", "DIGEST", one(compression=1).edit(
        "tables", entry(0, final=bytes(32)))
    yield "sha3_stored", "DIGEST", one(digest=SHA3_256).edit(
        "tables", change_entry(0, "stored", flip(0)))
    for name, change in (("first_bit", lambda c: c ^ 1),
                         ("last_bit", lambda c: c ^ 0x8000),
                         ("swapped", lambda c: (c << 8 | c >> 8) & 0xffff),
                         ("inverted", lambda c: c ^ 0xffff)):
        yield f"crc16_{name}", "REVERIFY", one().edit(
            "tables", at(0, lambda t, c=change: t | {"crc16": c(t["crc16"])}))
    yield "crc16_of_second_image", "REVERIFY", two().edit(
        "tables", at(1, lambda t: t | {"crc16": t["crc16"] ^ 1}))
    yield "crc16_zstd", "REVERIFY", one(compression=1).edit(
        "tables", at(0, lambda t: t | {"crc16": t["crc16"] ^ 1}))
    yield "crc16_of_one_octet", "REVERIFY", one(1).edit(
        "tables", at(0, lambda t: t | {"crc16": t["crc16"] ^ 1}))


def swap_stored(tables):
    first, second = tables[0]["entries"]
    first["stored"], second["stored"] = second["stored"], first["stored"]


def lengths():
    """frames_len and the tables of compressed images do not fit."""
    size = 2 * CHUNK + 808
    least = 3 * 32 + 16 + 3
    most = size + 3 * (32 + 64) + 16
    for name, value in (("zero", 0), ("below_least", least - 1),
                        ("above_most", most + 1), ("least", least),
                        ("most", most)):
        yield f"zstd_frames_len_{name}", "FORMAT", one(compression=1).edit(
            "sections", lambda parts, v=value:
            parts["prologue"].update(frames_len=v))
    for by in (-16, -1, 1, 16):
        yield f"zstd_frames_len_off_by_{by}", "FORMAT", one(
            compression=1).edit("sections", lambda parts, b=by: parts[
                "prologue"].update(frames_len=parts["prologue"]["frames_len"]
                                   + b))


def lies():
    for prefix, group in (("table", tags), ("root", roots), ("table", forms),
                          ("table", digests), ("table", lengths)):
        for name, cause, made in group():
            yield lie(f"{prefix}_{name}", cause, made)
