# SPDX-License-Identifier: GPL-2.0
"""Lies of frames: heads, order, contents, END."""

import manual
from edits import CHUNK, at, bits_of, fields, flip, lie, one, statement, two
from recipe import DATA, END

U16, U32 = (1 << 16) - 1, (1 << 32) - 1


def heads():
    def head(number, **values):
        return one().edit("frames", fields(at=number, **values))

    for number, which in ((0, "first"), (2, "last")):
        for name, field, value in bits_of(manual.FRAME):
            yield f"{which}_{name}", "FORMAT", head(number, **{field: value})
        for kind in (0, 3, 0x100, 0x101, U16):
            yield f"{which}_type_{kind}", "FORMAT", head(number, type=kind)
        yield f"{which}_type_end", "FORMAT", \
            head(number, type=END, chunk=1)
        for image in (1, 2, 0x100, U16):
            yield f"{which}_image_{image}", "FORMAT", head(number, image=image)
        for chunk in (number + 1, number + 3, 0x10000, U32):
            yield f"{which}_chunk_{chunk}", "ORDER", head(number, chunk=chunk)
        size = (CHUNK, 0, 808)[number]
        for length in (size - 1, size + 1, 0, 1, size + 16, 1 << 31, U32):
            yield f"{which}_len_{length}", \
                "LENGTH" if length > CHUNK else "FORMAT", \
                head(number, len=length)
    yield "last_chunk_0", "ORDER", head(2, chunk=0)
    yield "second_image_0", "ORDER", two().edit("frames", fields(at=2, image=0))
    for number, image, cause in ((1, 1, "ORDER"), (2, 2, "FORMAT")):
        yield f"second_image_{image}", cause, two().edit(
            "frames", fields(at=number, image=image))
    for name, field, value in bits_of(manual.FRAME):
        yield f"end_{name}", "FORMAT", head(-1, **{field: value})
    for field in ("image", "chunk", "len"):
        for value in (1, 1 << 8 * manual.FRAME[field].length - 1):
            yield f"end_{field}_{value}", "FORMAT", head(-1, **{field: value})
            yield f"statement_end_{field}_{value}", "FORMAT", statement().edit(
                "frames", fields(at=-1, **{field: value}))
    for kind in (0, 3, 0x200, 0x202, U16):
        yield f"end_type_{kind}", "FORMAT", head(-1, type=kind)
        yield f"statement_end_type_{kind}", "FORMAT", statement().edit(
            "frames", fields(at=-1, type=kind))
    for name, field, value in bits_of(manual.FRAME):
        yield f"statement_end_{name}", "FORMAT", statement().edit(
            "frames", fields(at=-1, **{field: value}))


def order():
    """Whole frames, moved; frames_len is what the manifest makes it."""
    for name, change in {
            "first_missing": lambda f: f[1:],
            "second_missing": lambda f: f[:1] + f[2:],
            "first_twice": lambda f: f[:1] + f[:1] + f[1:],
            "first_two_swapped": lambda f: [f[1], f[0], *f[2:]],
            "last_two_swapped": lambda f: [f[0], f[2], f[1], f[3]],
            "reversed": lambda f: f[2::-1] + f[3:],
            "rotated": lambda f: [f[1], f[2], f[0], f[3]],
            "first_in_place_of_second": lambda f: [f[0], f[0], *f[2:]],
            }.items():
        yield name, "ORDER", one().edit("frames", change)
    # chunks of the first image: 0 and 1, of the second: 2 and 3
    for name, change in {
            "images_swapped": lambda f: f[2:4] + f[:2] + f[4:],
            "images_interleaved": lambda f: [f[0], f[2], f[1], *f[3:]],
            "first_image_missing": lambda f: f[2:],
            "first_image_twice": lambda f: f[:2] + f,
            "last_of_first_image_missing": lambda f: f[:1] + f[2:],
            "first_of_second_image_missing": lambda f: f[:2] + f[3:],
            }.items():
        yield name, "ORDER", two().edit("frames", change)
    # longer than what frames_len leaves
    for name, made, change in (
            ("second_twice", one(), lambda f: f[:2] + f[1:]),
            ("first_again_later", one(), lambda f: f[:2] + f[:1] + f[2:]),
            ("second_image_begins_twice", two(), lambda f: f[:3] + f[2:])):
        yield name, "FORMAT", made.edit("frames", change)
    for name, made, change in (
            ("last_missing", one(), lambda f: f[:2] + f[3:]),
            ("only_end", one(), lambda f: f[3:]),
            ("second_image_missing", two(), lambda f: f[:2] + f[4:]),
            ("last_of_second_image_missing", two(),
             lambda f: f[:3] + f[4:]),
            ("only_end_of_two_images", two(), lambda f: f[4:])):
        yield name, "EXTRA", made.edit("frames", change)
    for name, change in {
            "end_first": lambda f: [f[3], *f[:3]],
            "end_before_last": lambda f: [*f[:2], f[3], f[2]],
            "end_twice": lambda f: f + f[-1:],
            "last_frame_after_end": lambda f: f + f[2:3],
            "end_with_a_tag": lambda f: f[:3] + [f[3] | {"body": bytes(16)}],
            }.items():
        yield name, "EXTRA", one().edit("frames", change)
    yield "statement_end_twice", "EXTRA", \
        statement().edit("frames", lambda f: f + f)


def bodies():
    def body(number, function, made=None):
        return (made or one()).edit("frames", at(
            number, lambda f: f | {"body": function(f["body"])}))

    for number in (0, 2):
        for place in (0, 15, 16, 400, -17, -16, -1):
            yield f"body_{number}_octet_{place}", "TAG", \
                body(number, flip(place))
    for name, change in {
            "zero": lambda b: bytes(len(b)),
            "tag_zero": lambda b: b[:-16] + bytes(16),
            "tag_first": lambda b: b[-16:] + b[:-16],
            "tag_reversed": lambda b: b[:-16] + b[:-17:-1]}.items():
        yield f"body_{name}", "TAG", body(0, change)

    def swap_bodies(first, second):
        def edit(frames):
            frames[first]["body"], frames[second]["body"] = \
                frames[second]["body"], frames[first]["body"]
        return edit

    def swap_tags(frames):
        first, second = frames[0], frames[2]
        first["body"], second["body"] = (
            first["body"][:-16] + second["body"][-16:],
            second["body"][:-16] + first["body"][-16:])

    yield "bodies_swapped", "TAG", one().edit("frames", swap_bodies(0, 1))
    yield "bodies_of_images_swapped", "TAG", \
        two().edit("frames", swap_bodies(0, 2))
    yield "tags_swapped", "TAG", one().edit("frames", swap_tags)
    yield "tag_missing", "TAG", one().edit("frames", lambda f: [
        f[0] | {"body": f[0]["body"][:-16]}, *f[1:]])
    yield "body_of_one_octet", "TAG", body(0, flip(0), one(1))
    yield "body_of_second_image", "TAG", body(3, flip(-1), two())
    yield "body_zstd", "TAG", body(1, flip(20), one(compression=1))


def contents():
    """Encrypted as it should be, but other octets than the table says."""
    def sent(number, function, made=None, image=0):
        return (made or one()).edit("sent", at(image, at(number, function)))

    for number in (0, 1, 2):
        for place in (0, -1):
            yield f"chunk_{number}_octet_{place}", "DIGEST", \
                sent(number, flip(place, number))
    yield "chunk_zero", "DIGEST", sent(0, lambda c: bytes(len(c)))
    yield "chunk_erased", "DIGEST", sent(0, lambda c: b"\xff" * len(c))
    yield "chunks_swapped", "DIGEST", one().edit(
        "sent", lambda s: [[s[0][1], s[0][0], s[0][2]]])
    yield "chunk_of_second_image", "DIGEST", sent(0, flip(0), two(), 1)
    yield "images_exchanged", "DIGEST", two(CHUNK * 2).edit(
        "sent", lambda s: [s[1][:2], s[0] + s[1][2:]])
    yield "chunk_of_one_octet", "DIGEST", sent(0, flip(0), one(1))
    yield "chunk_sha3", "DIGEST", sent(1, flip(0), one(digest=2))
    yield "chunk_zstd", "DIGEST", sent(1, flip(-1), one(compression=1))
    yield "chunk_zstd_header", "DIGEST", sent(1, flip(0), one(compression=1))
    for number, change in ((0, lambda c: c[:-1]), (0, lambda c: c + b"\0"),
                           (2, lambda c: c[:-1]), (2, lambda c: c + b"\0"),
                           (2, lambda c: c.ljust(CHUNK, b"\0"))):
        length = len(change(bytes((CHUNK, 0, 808)[number])))
        yield f"chunk_{number}_of_{length}", \
            "LENGTH" if length > CHUNK else "FORMAT", sent(number, change)


class Held:
    """The sequence number of the first one, for all of them."""

    def __init__(self):
        self.number = None

    def __call__(self, clock):
        self.number = self.number or clock.fresh
        return self.number


def attempts():
    """As often as may be, and once more."""
    made = one().but(sequence=Held())
    made.seed = "attempts"
    limit = manual.LIMIT["attempts without progress"]
    wrong = made.edit("sent", at(0, at(0, flip(0))))
    for number in range(limit):
        yield f"attempt_{number + 1}", "DIGEST", wrong
    yield "attempt_too_often", "ATTEMPTS", wrong
    yield "attempt_too_often_though_nothing_is_wrong", "ATTEMPTS", made


def statements():
    """A statement has neither envelopes nor tables, and no frame but END."""
    def brings(section, octets):
        def edit(parts):
            parts[section] = octets
            parts["prologue"][f"{section}_len"] = len(octets)
        return statement().edit("sections", edit)

    end = bytes([END]) + bytes(15)
    data = bytes([DATA]) + bytes(31)
    for section, name, octets in (
            ("envelopes", "envelope", bytes([1, 0, 64]) + bytes(149)),
            ("envelopes", "octet", b"\0"),
            ("tables", "table", bytes(16 + 16)),
            ("tables", "octet", b"\0"),
            ("frames", "empty_frame_and_end", data + end),
            ("frames", "end_twice", end + end),
            ("frames", "octet_and_end", b"\0" + end)):
        yield f"statement_with_{section}_{name}", "FORMAT", \
            brings(section, octets)


def lies():
    for group in (heads, order, bodies, contents, attempts, statements):
        for name, cause, made in group():
            yield lie(f"frame_{name}", cause, made)
