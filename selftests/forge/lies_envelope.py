# SPDX-License-Identifier: GPL-2.0
"""Lies of envelopes, and of what keys are made from."""

import hashlib

import keys as crypto
import manual
from edits import (AES128, CHUNK, bits_of, fields, flip, foreign, lie, one,
                   two, within)
from keys import P256_PRIME

BIG, SMALL = "big", "little"


def heads():
    def own(**values):
        return one().edit("envelopes", fields(at=0, **values))

    def stranger(**values):
        return one().edit("envelopes", lambda e: [foreign() | values] + e)

    for name, field, value in bits_of(manual.ENVELOPE):
        yield f"{name}", "FORMAT", own(**{field: value})
        yield f"stranger_{name}", "FORMAT", stranger(**{field: value})
    limit = manual.LIMIT["one encapsulation"]
    for length in (limit + 1, 0x8000, 0xffff):
        yield f"enc_len_{length}", "LENGTH", own(enc_len=length)
        yield f"stranger_enc_len_{length}", "LENGTH", stranger(enc_len=length)
    for length in (65, 128, limit):
        yield f"enc_len_{length}_beyond_the_section", "FORMAT", \
            own(enc_len=length)
        yield f"stranger_enc_len_{length}_at_the_end", "FORMAT", one().edit(
            "envelopes", lambda e, n=length: e + [foreign() | {"enc_len": n}])
    for length in (0, 1, 32, 63, 65, 97, limit):
        yield f"encapsulation_of_{length}", "FORMAT", \
            own(enc_len=length, enc=bytes(length))
    for suite in (0, 2, 3, 4, 5, 0x100, 0xffff):
        yield f"suite_{suite}", "UNSUPPORTED", own(suite=suite)
    for suite, length in ((2, 96), (3, 1088), (4, 1568), (9, 0)):
        yield f"suite_{suite}_of_its_length", "UNSUPPORTED", \
            own(suite=suite, enc_len=length, enc=bytes(length))


def addressees():
    for name, change in (("first_bit", flip(0)), ("last_bit", flip(-1, 7)),
                         ("zero", lambda d: bytes(32)),
                         ("reversed", lambda d: d[::-1])):
        yield f"device_{name}", "ENVELOPE", one().edit(
            "envelopes", lambda e, c=change:
            e[0].update(device=c(e[0]["device"])))
    yield "device_is_another", "ENVELOPE", \
        one().edit("envelopes", lambda e: [foreign()])
    yield "device_is_one_of_many_others", "ENVELOPE", one().edit(
        "envelopes", lambda e: [foreign(s, 64 + s) for s in range(100)])
    yield "device_is_the_public_key", "ENVELOPE", one().edit(
        "envelopes", lambda e: e[0].update(device=e[0]["enc"][:32]))

    # the id is that of the public key in another encoding
    for name, change in (("with_octet_4", lambda p: b"\4" + p),
                         ("compressed", lambda p:
                          bytes([2 + (p[-1] & 1)]) + p[:32]),
                         ("x_only", lambda p: p[:32]),
                         ("y_first", lambda p: p[32:] + p[:32])):
        yield f"device_of_key_{name}", "ENVELOPE", \
            one().edit("wrap", within("named", change))
    yield "own_twice", "FORMAT", one().edit("envelopes", lambda e: e + e)
    yield "own_at_both_ends", "FORMAT", one().edit(
        "envelopes", lambda e: e + [foreign()] + e)
    yield "own_again_of_another_suite", "FORMAT", one().edit(
        "envelopes", lambda e: e + [e[0] | {"suite": 2}])


def encapsulations():
    """What is not a point, or not that point."""
    def point(change):
        return one().edit("envelopes", lambda e: e[0].update(
            enc=change(e[0]["enc"])))

    def number(value):
        return value.to_bytes(32, BIG)

    for name, change in {
            "zero": lambda p: bytes(64),
            "all_ones": lambda p: b"\xff" * 64,
            "x_zero": lambda p: bytes(32) + p[32:],
            "y_zero": lambda p: p[:32] + bytes(32),
            "x_is_prime": lambda p: number(P256_PRIME) + p[32:],
            "y_is_prime": lambda p: p[:32] + number(P256_PRIME),
            "off_the_curve": lambda p: p[:-1] + bytes([p[-1] ^ 1]),
            "x_changed": lambda p: bytes([p[0] ^ 1]) + p[1:],
            "swapped": lambda p: p[32:] + p[:32],
            "little_endian": lambda p: p[31::-1] + p[:31:-1],
            "negated": lambda p: p[:32] + number(
                P256_PRIME - int.from_bytes(p[32:], BIG)),
            "of_another": lambda p: crypto.Ephemeral(
                crypto.randomness("another")).public,
            "shifted": lambda p: b"\4" + p[:-1]}.items():
        yield f"point_{name}", "TAG", point(change)
    yield "point_of_the_device", "TAG", one().edit(
        "wrap", lambda wrap: wrap.update(sent=wrap["public"]))


def wrapped():
    for place in (0, 31, 32, 47):
        yield f"wrapped_octet_{place}", "TAG", one().edit(
            "envelopes", lambda e, p=place: e[0].update(
                wrapped=flip(p)(e[0]["wrapped"])))
    for name, change in (("zero", lambda w: bytes(48)),
                         ("tag_first", lambda w: w[32:] + w[:32]),
                         ("tag_zero", lambda w: w[:32] + bytes(16))):
        yield f"wrapped_{name}", "TAG", one().edit(
            "envelopes", lambda e, c=change: e[0].update(
                wrapped=c(e[0]["wrapped"])))
    for name, values in {
            "salt_of_ones": {"salt": b"\1" * 32},
            "label_of_tables": {"label": "kota table"},
            "label_of_nothing": {"label": ""},
            "label_capital": {"label": "KOTA wrap"},
            "suite_2_in_info": {"suite": 2}, "suite_0_in_info": {"suite": 0},
            "suite_big_endian_in_info": {"suite": 256},
            "enc_zero_in_info": {"enc": bytes(64)},
            "enc_missing_in_info": {"enc": b""},
            "device_zero_in_info": {"public": bytes(64)},
            "device_missing_in_info": {"public": b""},
            "digest_zero_in_info": {"digest": bytes(32)},
            "digest_missing_in_info": {"digest": b""},
            "nonce_of_one": {"nonce": b"\1" + bytes(11)},
            "nonce_of_ones": {"nonce": b"\xff" * 12},
            "associated_data": {"aad": b"kota"}}.items():
        yield f"wrap_{name}", "TAG", one().edit("wrap", fields(**values))
    for name, change in {
            "secret_little_endian":
            lambda w: w.update(secret=w["secret"][::-1]),
            "secret_of_zeros": lambda w: w.update(secret=bytes(32)),
            "secret_hashed": lambda w: w.update(
                secret=hashlib.sha256(w["secret"]).digest()),
            "secret_and_salt_swapped": lambda w: w.update(
                secret=w["salt"], salt=w["secret"]),
            "public_keys_swapped": lambda w: w.update(
                enc=w["public"], public=w["enc"]),
            "salt_of_the_digest": lambda w: w.update(salt=w["digest"]),
            "digest_reversed": lambda w: w.update(digest=w["digest"][::-1]),
            "digest_last_bit": within("digest", flip(-1))}.items():
        yield f"wrap_{name}", "TAG", one().edit("wrap", change)
    for which in ("sha3_256", "sha512"):
        yield f"wrap_for_a_manifest_by_{which}", "TAG", one().edit(
            "wrap", lambda w, h=which: w.update(digest=hashlib.new(
                h, w["digest"]).digest()[:32]))


def content_keys():
    """The envelope is good, and has another key than the rest was made with."""
    for name, change in (("zero", lambda k: bytes(32)),
                         ("last_bit", flip(-1)),
                         ("reversed", lambda k: k[::-1]),
                         ("halves_swapped", lambda k: k[16:] + k[:16])):
        yield f"cek_{name}", "TAG", one().edit("wrap", within("cek", change))


def derived():
    """Keys of tables and frames."""
    def next_nonce(index):
        return (index + 1).to_bytes(8, SMALL) + bytes(4)

    changes = {
        "label_of_the_other": None,
        "label_of_the_envelope": {"label": "kota wrap"},
        "label_empty": {"label": ""}, "salt_zero": {"salt": bytes(32)},
        "salt_missing": {"salt": b""}, "digest_zero": {"digest": bytes(32)},
        "digest_missing": {"digest": b""}, "index_1": {"index": 1},
        "index_big_endian": {"index": 256}, "cek_zero": {"cek": bytes(32)},
        "nonce_next": {"nonce": next_nonce},
        "nonce_big_endian": {"nonce": lambda n: bytes(4)
                             + (n + (1 << 32)).to_bytes(8, BIG)},
        "nonce_of_ones": {"nonce": lambda n: b"\xff" * 12},
        "associated_data": {"aad": b"kota"}, "length": {"length": 16}}
    for kind in ("table", "frame"):
        for name, values in changes.items():
            if values is None:
                values = {"label": "kota frames" if kind == "table"
                          else "kota table"}
            yield f"{kind}_key_{name}", "TAG", one().edit(
                f"{kind}_keys", fields(at=0, **values))
        yield f"{kind}_key_length_of_aes128", "TAG", one(cipher=AES128).edit(
            f"{kind}_keys", fields(at=0, length=32))
        yield f"{kind}_keys_of_images_swapped", "TAG", two().edit(
            f"{kind}_keys", lambda keys: keys[::-1])
        yield f"{kind}_keys_of_images_the_same", "TAG", two().edit(
            f"{kind}_keys", fields(at=1, index=0))
        yield f"{kind}_nonce_without_index_in_second_image", "TAG", two(
            CHUNK).edit(f"{kind}_keys", fields(at=1, nonce=next_nonce))
    for name, index in (("constant", lambda n: bytes(12)),
                        ("counts_down", lambda n: (2 - n).to_bytes(8, SMALL)
                         + bytes(4)),
                        ("big_endian", lambda n: n.to_bytes(8, BIG) + bytes(4)),
                        ("at_the_end", lambda n: bytes(4)
                         + n.to_bytes(8, SMALL)),
                        ("of_4_octets_at_the_end", lambda n: bytes(8)
                         + n.to_bytes(4, BIG))):
        yield f"frame_nonce_{name}", "TAG", one().edit(
            "frame_keys", fields(at=0, nonce=index))


def lies():
    for group in (heads, addressees, encapsulations, wrapped, content_keys,
                  derived):
        for name, cause, made in group():
            yield lie(f"envelope_{name}" if group is not derived else name,
                      cause, made)
