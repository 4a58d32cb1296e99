# SPDX-License-Identifier: GPL-2.0
"""What must install: whatever the manual allows."""

import der
import manual
import zstd
from cms import Signature, generalized_time, utc_time
from edits import (AES128, CHUNK, SHA3_256, data, foreign, offline, one,
                   statement, truth, two)
from keys import P256_ORDER
from recipe import Image, Recipe

SLOT, ERASE_BLOCK = 1 << 20, 256 * 1024
STRANGERS = [bytes([n]) * 32 for n in range(1, 64)]


def lengths():
    for name, size in (("one_byte", 1), ("chunk_but_one", CHUNK - 1),
                       ("one_chunk", CHUNK), ("chunk_and_one", CHUNK + 1),
                       ("two_chunks", 2 * CHUNK),
                       ("erase_block", ERASE_BLOCK),
                       ("erase_block_and_one", ERASE_BLOCK + 1),
                       ("full_slot_but_one", SLOT - 1), ("full_slot", SLOT)):
        yield truth(f"length_{name}", one(size))
    for log2 in range(12, 21):
        yield truth(f"chunks_of_2_to_{log2}",
                    one((1 << log2) + 77 if log2 < 20 else SLOT,
                        log2_chunk=log2))
    yield truth("chunks_larger_than_the_image", one(5, log2_chunk=20))
    yield truth("image_of_zeros", Recipe([Image(bytes(3 * CHUNK))]))
    yield truth("image_of_erased_bytes", Recipe([Image(b"\xff" * 3 * CHUNK)]))


def options():
    for digest in (1, 2):
        for cipher in (1, 2):
            for manifest_digest in (1, 2):
                yield truth(
                    f"digest_{digest}_cipher_{cipher}_manifest_"
                    f"digest_{manifest_digest}",
                    one(digest=digest, cipher=cipher)
                    .but(digest=manifest_digest))
    for name, values in {
            "level_upgraded": {"level": 1},
            "consent_notify": {"consent": 1},
            "handling_erase": {"handling": 1},
            "handling_no_resume": {"handling": 2},
            "handling_reboot": {"handling": 4},
            "handling_power": {"handling": 8},
            "handling_all": {"handling": 15},
            "release_empty": {"release": ""},
            "release_full": {"release": "~ " * 31 + "!"},
            "made_never": {"made": 0},
            "made_at_the_end_of_time": {"made": (1 << 64) - 1},
            "update_id_zero": {"update_id": bytes(16)},
            "salt_zero": {"salt": bytes(32)},
            "sequence_skips": {"sequence": lambda clock: clock.fresh + 3},
            }.items():
        yield truth(name, one().but(**values))
    yield truth("version_full", one(version=" ~" * 15 + "0"))
    yield truth("upgraded_and_all_of_sha3",
                two(digest=SHA3_256).but(level=1, digest=SHA3_256))


def compressed():
    x = bytes(range(64)) * (CHUNK // 64)
    letters = [n * n // 7 & 1 for n in range(1000)]
    for name, chunk, pack in (
            ("rle", b"k" * CHUNK, zstd.frame),
            ("raw", data(CHUNK), zstd.frame),
            ("one_byte", b"k", zstd.frame),
            ("size_in_1_octet", data(255), zstd.frame),
            ("size_in_2_octets", data(256), zstd.frame),
            ("size_in_4_octets", x, lambda c: zstd.frame(c, octets=4)),
            ("size_in_8_octets", x, lambda c: zstd.frame(c, octets=8)),
            ("small_blocks", x, lambda c: zstd.frame(c, piece=400)),
            ("matches", x, lambda c: zstd.frame(
                c, body=zstd.repeated(c[:64], len(c)))),
            ("huffman", bytes(letters), lambda c: zstd.frame(
                c, body=zstd.huffman(letters))),
            ("unused_bit", x, lambda c: zstd.frame(
                c, flags=zstd.SINGLE_SEGMENT | zstd.UNUSED_BIT)),
            ("empty_blocks_up_to_the_limit", x, padded)):
        yield truth(f"zstd_{name}", Recipe(
            [Image(chunk, compression=1, pack=pack)]))
    for name, octet in (("rle", b"k"), ("raw", None)):
        image = octet * SLOT if octet else data(SLOT)
        yield truth(f"zstd_full_slot_{name}", Recipe(
            [Image(image, compression=1, log2_chunk=20,
                   pack=lambda c: zstd.frame(c, octets=8))]))
    yield truth("zstd_many_chunks", one(20 * CHUNK + 3, compression=1))
    yield truth("zstd_sha3_aes128", one(compression=1, digest=SHA3_256,
                                        cipher=AES128))


def padded(chunk):
    """As long as a frame may be: the chunk's length plus 64."""
    empty, last = zstd.block(zstd.RAW, b""), zstd.block(zstd.RAW, chunk,
                                                        last=True)
    head = zstd.header(len(chunk), 8)
    missing = len(chunk) + 64 - len(head) - len(last)
    return head + empty * (missing // 3 - missing % 3) + \
        zstd.block(zstd.RAW, chunk[:0]) * (missing % 3) + last


def signatures():
    for signer, digests in (("signer", ("sha-256", "sha3-256")),
                            ("signer-p384", ("sha-384", "sha-512",
                                             "sha3-384")),
                            ("signer-rsa3072", ("sha-256", "sha-384",
                                                "sha-512"))):
        for digest in digests:
            for key_id in (False, True):
                form = "key_id" if key_id else "issuer"
                yield truth(
                    f"signed_by_{signer.replace('-', '_')}_"
                    f"{digest.replace('-', '_')}_by_{form}",
                    one().signed(Signature(signer, digest=digest,
                                           key_id=key_id)))
    for name, more in {
            "null_parameters": {"null": True},
            "null_parameters_key_id": {"null": True, "key_id": True},
            "signing_time": {"time": utc_time("260101000000Z")},
            "signing_time_after_2050": {
                "time": generalized_time("20770101000000Z")},
            "s_is_the_other_one": {"retouch": other_s},
            }.items():
        yield truth(f"signature_{name}", one().signed(Signature(**more)))
    rsa, p384 = Signature("signer-rsa3072"), Signature("signer-p384")
    second = Signature("signer2", key_id=True)
    for name, signers in {
            "release_and_offline": (Signature(), offline()),
            "offline_and_release": (offline(), Signature()),
            "two_release": (Signature(), second),
            "four_release": (rsa, p384, second, Signature()),
            "four_of_both_rings": (rsa, offline(key_id=True), p384, second),
            }.items():
        yield truth(f"signatures_{name}", one().signed(*signers))


def other_s(root):
    """With s, n - s is good as well."""
    node = root.find("s")
    value = P256_ORDER - int.from_bytes(node.content, "big")
    node.content = der.integer(value).content


def envelopes():
    strangers = [foreign(), foreign(2, 97), foreign(3, 1088), foreign(4, 1568)]
    for name, edit in {
            "own_first": lambda e: e + strangers,
            "own_last": lambda e: strangers + e,
            "own_between": lambda e: strangers[:2] + e + strangers[2:],
            "same_stranger_twice": lambda e: [foreign(), foreign()] + e,
            "stranger_of_odd_length": lambda e: [foreign(1, 63)] + e,
            "stranger_of_suite_0": lambda e: [foreign(0)] + e,
            "stranger_of_suite_65535": lambda e: [foreign(65535)] + e,
            "stranger_without_encapsulation": lambda e: [foreign(2, 0)] + e,
            "thousand_strangers": lambda e: 500 * [foreign()] + e
                                  + 500 * [foreign(2, 97)],
            "section_full": fill_envelopes}.items():
        yield truth(f"envelope_{name}", one().edit("envelopes", edit))


def fill_envelopes(own):
    """As many as the section may have octets."""
    left = manual.LIMIT["envelopes section"] - 152
    largest = 88 + manual.LIMIT["one encapsulation"]
    others = [foreign(4, 1568)] * (left // largest - 1)
    left -= largest * len(others)
    return others + own + [foreign(9, left // 2 - 88),
                           foreign(9, left - left // 2 - 88)]


def images():
    first, second = two().images
    same = data(CHUNK + 9)
    yield truth("two_images", two())
    yield truth("two_images_in_the_other_order", Recipe(
        [Image(same, "app"), Image(same, "firmware")]))
    yield truth("two_images_of_all_kinds", Recipe([
        Image(first.data, digest=SHA3_256, cipher=AES128, log2_chunk=13),
        Image(b"k" * 3 * CHUNK, "app", "other", compression=1)]))
    yield truth("two_images_full", two(SLOT - 1, log2_chunk=16))
    yield truth("image_for_the_second_target_only", Recipe([second]))


def statements():
    both = [Signature(), offline()]
    yield truth("statement", statement())
    for name, values in {
            "upgraded": {"level": 1}, "notify": {"consent": 1},
            "handling": {"handling": 15}, "digest_sha3": {"digest": 2},
            }.items():
        yield truth(f"statement_{name}", statement(**values))
    yield truth("statement_by_key_id",
                statement().signed(offline(key_id=True)))
    yield truth("statement_signed_by_release_too", statement().signed(*both))
    yield truth("statement_again", statement()) # twice: see again()
    yield truth("min_sequence_is_own", statement(
        min_sequence=lambda clock: clock.fresh))
    yield truth("min_sequence_is_not_lowered", statement(min_sequence=1))
    yield truth("min_sequence_with_image", one().signed(*both).but(
        min_sequence=lambda clock: clock.fresh - 1))


def again():
    """The same number is good for the same manifest."""
    for name, made in (("image", one()), ("statement", statement())):
        made.seed = name
        yield truth(f"{name}_once", made)
        twin = made.but(sequence=lambda clock: clock.installed)
        yield truth(f"{name}_once_more", twin)


def lists():
    """These last: what they say is not taken back."""
    both = [Signature(), offline()]

    def retired(name, last):
        return {"retired": lambda clock: [(name, last(clock))]}

    yield truth("retires_with_image", one().signed(*both).but(
        **retired("signer-rsa3072", lambda clock: clock.fresh + 100)))
    yield truth("signed_before_it_retires",
                one().signed(Signature("signer-rsa3072")))
    yield truth("retires_with_its_last_signature", one().signed(
        Signature("signer-rsa3072"), offline()).but(
            **retired("signer-rsa3072", lambda clock: clock.fresh)))
    yield truth("retires_later_changes_nothing", statement(
        **retired("signer-rsa3072", lambda clock: clock.fresh + 1000)))
    yield truth("retires_a_stranger_at_0", statement(
        **retired(STRANGERS[0], lambda clock: 0)))
    yield truth("retires_four", statement(
        retired=[(key, 1 << 63) for key in STRANGERS[:4]]))
    for part in range(1, 4):
        rest = [(key, 5) for key in STRANGERS[4 * part:4 * part + 4]]
        yield truth(f"retires_up_to_{4 * part + 4}", statement(
            retired=rest[:3] if part == 3 else rest))
    yield truth("retires_one_in_a_full_list", statement(
        retired=[(STRANGERS[3], 4)]))
    yield truth("revokes_with_image", one().signed(*both).but(
        revoked=["signer2"]))
    yield truth("revokes_the_same_again", statement(revoked=["signer2"]))
    for part in range(4):
        yield truth(f"revokes_up_to_{8 * part + 8}", statement(
            revoked=STRANGERS[8 * part:8 * part + (7 if part == 3 else 8)]))
    yield truth("revokes_one_in_a_full_list", statement(
        revoked=[STRANGERS[3], "signer2"]))
    yield truth("min_sequence_is_ahead", statement(
        min_sequence=lambda clock: clock.fresh + 20))


def truths():
    for group in (lengths, options, compressed, signatures, envelopes, images,
                  statements, again, lists):
        yield from group()


def last():
    return truth("after_all_lies", one())
