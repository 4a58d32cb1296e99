# SPDX-License-Identifier: GPL-2.0
"""Lies of the prologue and of lengths, streams cut short or too long."""

import manual
from edits import bits_of, data, flip, lie, one, poke, statement, two
from recipe import SECTIONS

HUGE = (1 << 32) - 1


def prologue():
    good = one()
    for place in range(8):
        yield lie(f"magic_octet_{place}", "MAGIC",
                  good.edit("file", flip(place, place)))
    for name, magic in (("zero", bytes(8)), ("reversed", manual.MAGIC[::-1]),
                        ("newlines_converted", b"KOTA\n\x1a\n\n"),
                        ("of_a_manifest", manual.MANIFEST_MAGIC)):
        yield lie(f"magic_{name}", "MAGIC", good.edit("file", poke(0, magic)))
    yield lie("octet_before_the_magic", "MAGIC",
              good.edit("file", lambda file: b"\0" + file))
    for version in (0, 2, 0x100, 0xffff):
        yield lie(f"prologue_version_{version}", "VERSION", good.edit(
            "sections", lambda parts, v=version:
            parts["prologue"].update(version=v)))
    for name, field, value in bits_of(manual.PROLOGUE):
        yield lie(f"prologue_{name}", "FORMAT", good.edit(
            "sections", lambda parts, f=field, v=value:
            parts["prologue"].update({f: v})))


def lengths():
    """Fields of the prologue; nothing else is changed."""
    limit = {"manifest": manual.LIMIT["manifest section"],
             **{name: manual.LIMIT[f"{name} section"]
                for name in SECTIONS[1:]}}
    frames = 9000 + 3 * 32 + 16
    tables = 16 + 3 * 40 + 16
    impossible = {
        "manifest": (0, 1, 192, 639, 641, 831, 833, limit["manifest"] - 1),
        "signatures": (1, 7), "envelopes": (1, 87),
        "tables": (0, 1, 15, tables - 1, tables + 1, tables + 16, 2 * tables,
                   limit["tables"]),
        "frames": (0, 1, 15, 16, frames - 1, frames + 1, frames - 16,
                   frames + 16, limit["frames"])}
    for section in SECTIONS:
        top = HUGE if section != "frames" else (1 << 64) - 1
        rows = [("FORMAT", n) for n in impossible[section]] + \
            [("LENGTH", n) for n in (limit[section] + 1, top)]
        for cause, value in rows:
            yield lie(f"{section}_len_{value}", cause, one().edit(
                "sections", lambda parts, s=section, v=value:
                parts["prologue"].update({f"{s}_len": v})))
    yield lie("manifest_of_17_images", "LENGTH", one().edit(
        "sections", lambda parts:
        parts["prologue"].update(manifest_len=640 + 17 * 192)))


def resize(section, change):
    """The section is longer or shorter, and the prologue says so."""
    def edit(parts):
        parts[section] = change(parts[section])
        parts["prologue"][f"{section}_len"] = len(parts[section])
    return edit


def resized():
    for section, name, cause, change in (
            ("signatures", "none", "UNSIGNED", lambda s: b""),
            ("signatures", "and_one_octet", "FORMAT", lambda s: s + b"\0"),
            ("signatures", "and_half_a_head", "FORMAT", lambda s: s + s[:7]),
            ("signatures", "and_a_head_of_nothing", "FORMAT",
             lambda s: s + s[:8]),
            ("signatures", "but_one_octet", "FORMAT", lambda s: s[:-1]),
            ("signatures", "only_a_head", "FORMAT", lambda s: s[:8]),
            ("envelopes", "none", "ENVELOPE", lambda s: b""),
            ("envelopes", "and_one_octet", "FORMAT", lambda s: s + b"\0"),
            ("envelopes", "and_half_an_envelope", "FORMAT",
             lambda s: s + s[:76]),
            ("envelopes", "but_one_octet", "FORMAT", lambda s: s[:-1]),
            ("tables", "none", "FORMAT", lambda s: b""),
            ("tables", "and_one_octet", "FORMAT", lambda s: s + b"\0"),
            ("tables", "but_one_octet", "FORMAT", lambda s: s[:-1]),
            ("tables", "twice", "FORMAT", lambda s: s + s),
            ("frames", "only_end", "FORMAT", lambda s: s[-16:]),
            ("frames", "but_one_octet", "FORMAT", lambda s: s[:-1]),
            ("frames", "without_end", "FORMAT", lambda s: s[:-16]),
            ("frames", "end_twice", "FORMAT", lambda s: s + s[-16:])):
        yield lie(f"{section}_section_{name}", cause,
                  one().edit("sections", resize(section, change)))
    for name, change in (
            ("tables", resize("tables", lambda s: s[:-1])),
            ("frames", resize("frames", lambda s: s[:-16]))):
        yield lie(f"two_images_{name}_section_short", "FORMAT",
                  two().edit("sections", change))


def moved():
    """Sections of the right lengths in the wrong order."""
    def swap(first, second):
        def edit(parts):
            parts[first], parts[second] = parts[second], parts[first]
            lengths = parts["prologue"]
            lengths[f"{first}_len"], lengths[f"{second}_len"] = \
                lengths[f"{second}_len"], lengths[f"{first}_len"]
        return edit

    yield lie("manifest_and_signatures_swapped", "FORMAT",
              one().edit("sections", swap("manifest", "signatures")))


def cut():
    """The stream ends too early; close(2) says so."""
    def upto(section, octets):
        def edit(parts):
            for later in SECTIONS[SECTIONS.index(section) + 1:]:
                parts[later] = b""
            parts[section] = parts[section][:octets]
        return edit

    for octets in (1, 7, 8, 32, 63, 64):
        yield lie(f"cut_after_{octets}", "INTERRUPTED", one().edit(
            "file", lambda file, n=octets: file[:n]))
    for section, places in {
            "manifest": (1, 640, 831, 832), "signatures": (1, 7, 8, 100, -1),
            "envelopes": (1, 40, 151), "tables": (1, 16, -1),
            "frames": (1, 15, 16, 17, 16 + 4096 + 15, 16 + 4096 + 16, -17,
                       -16, -15, -1)}.items():
        for place in places:
            name = f"before_its_end_{-place}" if place < 0 else f"at_{place}"
            yield lie(f"cut_in_{section}_{name}", "INTERRUPTED",
                      one().edit("sections", upto(section, place)))
    yield lie("cut_in_envelopes_at_their_end", "INTERRUPTED",
              one().edit("sections", upto("envelopes", 152)))
    yield lie("cut_in_the_second_image", "INTERRUPTED", two().edit(
        "sections", upto("frames", -4096)))
    yield lie("cut_in_statement_signature", "INTERRUPTED", statement().edit(
        "sections", upto("signatures", -1)))
    yield lie("cut_in_statement_end", "INTERRUPTED",
              statement().edit("sections", upto("frames", 15)))


def extra():
    for name, tail in (("octet", b"\0"), ("newline", b"\n"),
                       ("frame", bytes([2]) + bytes(15)),
                       ("much", data(100000))):
        yield lie(f"extra_{name}_after_end", "EXTRA", one().edit(
            "file", lambda file, t=tail: file + t))
    yield lie("extra_whole_deliverable_after_end", "EXTRA",
              one().edit("file", lambda file: file + file))
    yield lie("extra_octet_after_two_images", "EXTRA", two().edit(
        "file", lambda file: file + b"\0"))
    yield lie("extra_octet_after_statement", "EXTRA", statement().edit(
        "file", lambda file: file + b"\0"))


def lies():
    for group in (prologue, lengths, resized, moved, cut, extra):
        yield from group()
