# SPDX-License-Identifier: GPL-2.0
"""Lies of the manifest: signed by the right signer, but wrong."""

import manual
from edits import (AES128, CHUNK, SHA3_256, Image, Recipe, bits_of, data,
                   fields, lie, one, statement, two)
from recipe import CLASS, VENDOR

SLOT = 1 << 20
U16, U32, U64 = ((1 << bits) - 1 for bits in (16, 32, 64))
TEXTS = {
    "control_character": "a\x1fb", "newline": "a\nb", "delete": "a\x7fb",
    "beyond_ascii": "a\x80b", "latin_letter": "\xe4", "after_nul": "a\0b",
    "after_nul_at_the_end": None, "leading_nul": "\0a"}
NAMES = {
    "upper_case": "Firmware", "underscore": "firm_ware", "dot": "firm.ware",
    "slash": "firm/ware", "space": "firm ware", "trailing_space": "firmware ",
    "at": "firmware@0", "empty": ""}


def full(struct, name):
    return "a" * struct[name].length


def texts(struct, name):
    for what, text in TEXTS.items():
        if text is None:
            text = "a".ljust(struct[name].length - 1, "\0") + "b"
        yield what, text
    yield "unterminated", full(struct, name)


def manifest_rows():
    """name, cause, fields of the manifest"""
    top = {f.name: (1 << 8 * f.length) - 1
           for f in manual.MANIFEST.fields.values() if f.number}
    for name, field, value in bits_of(manual.MANIFEST):
        yield name, "FORMAT", {field: value}
    for place in range(8):
        magic = bytearray(manual.MANIFEST_MAGIC)
        magic[place] ^= 0x20
        yield f"magic_octet_{place}", "FORMAT", {"magic": bytes(magic)}
    yield "magic_zero", "FORMAT", {"magic": bytes(8)}
    yield "magic_of_a_deliverable", "FORMAT", {"magic": manual.MAGIC}
    for version in (0, 2, 0x100, U16):
        yield f"version_{version}", "VERSION", {"version": version}
    for field, first in (("level", 4), ("consent", 3), ("digest", 3)):
        for value in (first, first + 1, 0x80, top[field]):
            yield f"{field}_{value}", "FORMAT", {field: value}
    yield "digest_0", "FORMAT", {"digest": 0}
    for field, first in (("flags", 1), ("handling", 4)):
        for bit in (first, first + 1, 7, 8, 16, 31):
            yield f"{field}_bit_{bit}", "FORMAT", {field: 1 << bit}
        yield f"{field}_all", "FORMAT", {field: top[field]}
    yield "recovery_with_an_image", "FORMAT", {"flags": 1}
    for what, text in texts(manual.MANIFEST, "release"):
        yield f"release_{what}", "FORMAT", {"release": text}
    for level in (2, 3):
        yield f"level_{level}", "UNSUPPORTED", {"level": level}
    yield "consent_required", "UNSUPPORTED", {"consent": 2}


def identity_rows():
    for field, own, cause in (("vendor_id", VENDOR, "VENDOR"),
                              ("class_id", CLASS, "CLASS")):
        for place in (0, 7, 15):
            other = bytearray(own)
            other[place] ^= 1
            yield f"{field}_octet_{place}", cause, {field: bytes(other)}
        guid = own[3::-1] + own[5:3:-1] + own[7:5:-1] + own[8:]
        for what, value in (("zero", bytes(16)), ("reversed", own[::-1]),
                            ("in_little_endian", guid),
                            ("all_ones", b"\xff" * 16)):
            yield f"{field}_{what}", cause, {field: value}
    yield "vendor_and_class_swapped", "VENDOR", {
        "vendor_id": CLASS, "class_id": VENDOR}
    yield "vendor_is_the_class", "VENDOR", {"vendor_id": CLASS}
    yield "class_is_the_vendor", "CLASS", {"class_id": VENDOR}


def image_rows():
    """name, cause, fields of an image in the manifest"""
    for name, field, value in bits_of(manual.IMAGE):
        yield name, "FORMAT", {field: value}
    for field in ("target", "version", "precondition"):
        for what, text in texts(manual.IMAGE, field):
            yield f"{field}_{what}", "FORMAT", {field: text}
    for what, text in NAMES.items():
        yield f"target_{what}", "FORMAT", {"target": text}
    yield "version_empty", "FORMAT", {"version": ""}
    for value in (0, 3, 255):
        for field in ("digest", "cipher"):
            yield f"{field}_{value}", "FORMAT", {field: value}
    for value in (2, 3, 255):
        yield f"compression_{value}", "FORMAT", {"compression": value}
    for value in (0, 1, 11, 21, 32, 63, 64, 255):
        yield f"log2_chunk_{value}", "FORMAT", {"log2_chunk": value}
    for bit in (0, 7, 15, 31):
        yield f"flags_bit_{bit}", "FORMAT", {"flags": 1 << bit}
    yield "flags_all", "FORMAT", {"flags": U32}
    yield "size_0", "FORMAT", {"size": 0}
    for size in (manual.LIMIT["image"] + 1, 1 << 63, U64):
        yield f"size_{size}", "LENGTH", {"size": size, "log2_chunk": 20}
    for start, end, cause in ((1, 0, "FORMAT"), (2, 1, "FORMAT"),
                              (U32, 0, "FORMAT"), (U32, U32 - 1, "FORMAT"),
                              (0, 1, "UNSUPPORTED"), (1, 1, "UNSUPPORTED"),
                              (0, U32, "UNSUPPORTED"),
                              (U32, U32, "UNSUPPORTED")):
        yield f"data_from_{start}_to_{end}", cause, {
            "data_from": start, "data_to": end}
    for target in ("fabric", "other", "firmwar", "firmware2", "a", "firmware-a",
                   "a" * 31, "-"):
        yield f"target_{target}", "TARGET", {"target": target}
    for text in ("no-such-version", "a" * 31, " "):
        yield f"precondition_{text.strip() or 'space'}", "PRECONDITION", {
            "precondition": text}


def sequence_rows():
    yield "sequence_0", "SEQUENCE", lambda clock: 0
    yield "sequence_1", "SEQUENCE", lambda clock: 1
    yield "sequence_of_another_manifest", "SEQUENCE", \
        lambda clock: clock.installed
    yield "sequence_one_less", "SEQUENCE", lambda clock: clock.installed - 1
    yield "sequence_just_below_minimum", "SEQUENCE", \
        lambda clock: clock.minimum - 1
    yield "sequence_between_installed_and_minimum", "SEQUENCE", \
        lambda clock: clock.installed + 1


def counts():
    """Of what follows, and of what is in the lists."""
    def number(**values):
        return ("manifest", fields(**values))

    good, key = one(), bytes([7]) * 32
    for value, cause in ((2, "FORMAT"), (16, "FORMAT"), (0, "FORMAT"),
                         (17, "LENGTH"), (U16, "LENGTH")):
        yield lie(f"manifest_nr_images_{value}_of_1", cause,
                  good.edit(*number(nr_images=value)))
    yield lie("manifest_nr_images_1_of_2", "FORMAT",
              two().edit(*number(nr_images=1)))
    yield lie("manifest_nr_images_1_of_0", "FORMAT",
              statement().edit(*number(nr_images=1)))
    entry = manual.MANIFEST["retired"].length // manual.LIMIT["retired signers"]
    for name, length, limit in (
            ("revoked", 32, manual.LIMIT["revoked keys"]),
            ("retired", entry, manual.LIMIT["retired signers"])):
        for value in (limit + 1, 0x100, U16):
            yield lie(f"manifest_nr_{name}_{value}", "LENGTH",
                      statement().edit(*number(**{f"nr_{name}": value})))
        for place in range(limit):
            rest = bytes(place * length) + key
            yield lie(f"manifest_{name}_unused_{place}", "FORMAT",
                      statement().edit(*number(**{name: rest})))
        last = bytes(limit * length - 1) + b"\1"
        yield lie(f"manifest_{name}_last_octet", "FORMAT",
                  statement().edit(*number(**{name: last})))
        used = {"revoked": [key] * 2, "retired": [(key, 1 << 60)] * 2}[name]
        yield lie(f"manifest_{name}_one_not_counted", "FORMAT",
                  statement(**{name: used}).edit(*number(**{f"nr_{name}": 1})))
    yield lie("manifest_retired_number_without_key", "FORMAT",
              statement().edit(*number(retired=bytes(32) + b"\1")))


def section():
    """The manifest section, as octets."""
    start, image = manual.MANIFEST.size, manual.IMAGE.size
    for name, cause, change in (
            ("image_missing", "FORMAT", lambda s: s[:start]),
            ("image_twice", "FORMAT", lambda s: s + s[start:]),
            ("image_first", "FORMAT", lambda s: s[start:] + s[:start]),
            ("of_zeros", "FORMAT", lambda s: bytes(len(s)))):
        yield lie(f"manifest_section_{name}", cause,
                  one().edit("section", change))
    yield lie("manifest_same_target_twice", "FORMAT",
              two().edit("images", at_second(target="firmware")))
    yield lie("manifest_images_identical", "FORMAT", Recipe(
        [Image(data(CHUNK)), Image(data(CHUNK))]))
    yield lie("manifest_statement_with_image_appended", "FORMAT",
              statement().edit("section", lambda s: s + bytes(image)))
    seventeen = [Image(data(5), target=f"t{n}") for n in range(17)]
    yield lie("manifest_17_images", "LENGTH", Recipe(seventeen))
    yield lie("manifest_16_images_of_no_target", "TARGET",
              Recipe(seventeen[:16]))


def at_second(**values):
    return fields(at=1, **values)


def sizes():
    """Images that are really so long, or that only say so."""
    yield lie("image_one_octet_larger_than_slot", "SIZE",
              one(SLOT + 1, log2_chunk=20))
    yield lie("image_one_octet_larger_than_slot_zstd", "SIZE", Recipe(
        [Image(bytes(SLOT + 1), log2_chunk=20, compression=1)]))
    yield lie("image_second_larger_than_slot", "SIZE", Recipe(
        [Image(data(5)),
         Image(bytes(SLOT + 1), target="app", log2_chunk=20)]))
    yield lie("image_of_limit", "SIZE", one().edit("images", fields(
        at=0, size=4096 * chunks_of_table(40))))
    for log2 in (12, 20):
        for compression, entry in ((0, 40), (1, 72)):
            size = chunks_of_table(entry) << log2
            for more in (0, 1):
                yield lie(f"table_{'over' if more else 'at'}_limit_"
                          f"log2_{log2}_compression_{compression}", "SIZE",
                          one().edit("images", fields(
                              at=0, size=size + more, log2_chunk=log2,
                              compression=compression)))


def chunks_of_table(entry):
    return (manual.LIMIT["table of one image"] - manual.TABLE.size) // entry


def levels():
    yield lie("level_upgraded_with_aes128", "LEVEL",
              one(cipher=AES128).but(level=1))
    yield lie("level_upgraded_with_aes128_and_sha3", "LEVEL",
              one(cipher=AES128, digest=SHA3_256).but(level=1))
    mixed = two()
    mixed.images[1].cipher = AES128
    yield lie("level_upgraded_with_aes128_in_second", "LEVEL",
              mixed.but(level=1))


def stale():
    """First of all lies, while the minimum is ahead of what is installed."""
    for name, cause, number in sequence_rows():
        yield lie(f"manifest_{name}", cause, one().but(sequence=number))
        yield lie(f"statement_{name}", cause, statement(sequence=number))


def lies():
    for name, cause, values in [*manifest_rows(), *identity_rows()]:
        yield lie(f"manifest_{name}", cause,
                  one().edit("manifest", fields(**values)))
    for name, cause, values in image_rows():
        yield lie(f"image_{name}", cause,
                  one().edit("images", fields(at=0, **values)))
        yield lie(f"image_second_{name}", cause,
                  two().edit("images", fields(at=1, **values)))
    for group in (counts, section, sizes, levels):
        yield from group()
