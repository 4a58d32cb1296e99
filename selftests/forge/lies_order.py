# SPDX-License-Identifier: GPL-2.0
"""Two things wrong at once: the one that is judged first is the verdict."""

from dataclasses import replace

from cms import Signature
from edits import AES128, at, fields, flip, lie, offline, one
from lies_signer import NOBODY, edited

DISTANCES = (1, 2, 5)


def prologue(**values):
    return lambda made: made.edit(
        "sections", lambda parts: parts["prologue"].update(values))


def stage(name, function):
    return lambda made: made.edit(name, function)


def manifest(**values):
    return lambda made: made.but(**values)


def signer(**values):
    return lambda made: made.signed(
        replace(made.signatures[0], **values), *made.signatures[1:])


def also(*signatures):
    return lambda made: made.signed(*made.signatures, *signatures)


def again(made):
    return made.signed(*made.signatures, made.signatures[0])


def without(section):
    def edit(parts):
        parts[section] = b""
        parts["prologue"][f"{section}_len"] = 0
    return stage("sections", edit)


def upgraded(made):
    twin = made.but(level=1)
    twin.images = [replace(image, cipher=AES128) for image in made.images]
    return twin


def full_list(made):
    return made.but(revoked=[NOBODY]).signed(*made.signatures, offline())


# In the order of the manual.
FAULTS = (
    ("magic", "MAGIC", prologue(magic=bytes(8))),
    ("version", "VERSION", prologue(version=2)),
    ("reserved", "FORMAT", prologue(reserved_10=1)),
    ("envelopes_limit", "LENGTH", prologue(envelopes_len=(1 << 32) - 1)),
    ("frames_impossible", "FORMAT", prologue(frames_len=15)),
    ("unsigned", "UNSIGNED", without("signatures")),
    ("head", "FORMAT", stage("signatures", fields(at=0, reserved_1=1))),
    ("ring", "UNSUPPORTED", stage("signatures", fields(at=0, ring=3))),
    ("cms", "CMS", signer(bend=edited("version", lambda c: b"\2"))),
    ("signer", "SIGNER", signer(signer="signer3")),
    ("signer_use", "SIGNER_USE", signer(kind="RSA", value=b"\1" * 384)),
    ("signature", "SIGNATURE", signer(over=b"")),
    ("manifest_version", "VERSION", manifest(version=2)),
    ("manifest_form", "FORMAT", manifest(reserved_200=1)),
    ("vendor", "VENDOR", manifest(vendor_id=bytes(16))),
    ("class", "CLASS", manifest(class_id=bytes(16))),
    ("sequence", "SEQUENCE", manifest(sequence=1)),
    ("unsupported", "UNSUPPORTED", manifest(consent=2)),
    ("revoked", "REVOKED", also(Signature("signer2"))),
    ("retired", "RETIRED", also(Signature("signer-rsa3072"))),
    ("quorum", "QUORUM", again),
    ("role", "ROLE", manifest(min_sequence=1)),
    ("list_full", "LENGTH", full_list),
    ("data", "UNSUPPORTED", stage("images", fields(at=0, data_to=1))),
    ("level", "LEVEL", upgraded),
    ("target", "TARGET", stage("images", fields(at=0, target="fabric"))),
    ("size", "SIZE", stage("images", fields(at=0, size=1 << 30,
                                            log2_chunk=20))),
    ("precondition", "PRECONDITION",
     stage("images", fields(at=0, precondition="0.1"))),
    ("tables_len", "FORMAT", prologue(tables_len=153)),
    ("no_envelope", "ENVELOPE", without("envelopes")),
    ("envelope_head", "FORMAT",
     stage("envelopes", fields(at=0, reserved_4=1))),
    ("suite", "UNSUPPORTED", stage("envelopes", fields(at=0, suite=2))),
    ("wrapped", "TAG", stage("wrap", fields(digest=bytes(32)))),
    ("block", "TAG", stage("blocks", at(0, at(0, flip(0))))),
    ("root", "TABLE", stage("images", fields(at=0, root=bytes(32)))),
    ("table", "FORMAT", stage("tables", fields(at=0, reserved_2=1))),
    ("frame_head", "FORMAT", stage("frames", fields(at=0, reserved_12=1))),
    ("order", "ORDER", stage("frames", fields(at=0, chunk=1))),
    ("frame_len", "FORMAT", stage("frames", fields(at=0, len=4095))),
    ("frame_tag", "TAG", stage("frame_keys", fields(at=0, label="kota"))),
    ("chunk", "DIGEST", stage("sent", at(0, at(0, flip(0))))),
    ("crc16", "REVERIFY", stage("tables", fields(at=0, crc16=0))),
)
# The second takes the first away.
APART = {("role", "list_full")}


def lies():
    for number, (first, cause, fault) in enumerate(FAULTS):
        for distance in DISTANCES:
            if number + distance >= len(FAULTS):
                continue
            second, _, other = FAULTS[number + distance]
            if (first, second) not in APART:
                yield lie(f"order_{first}_before_{second}", cause,
                          other(fault(one())))
    for first, second in (("magic", "crc16"), ("sequence", "role"),
                          ("signature", "manifest_form"), ("cms", "vendor"),
                          ("vendor", "revoked"), ("sequence", "crc16"),
                          ("no_envelope", "order")):
        faults = {name: (cause, fault) for name, cause, fault in FAULTS}
        yield lie(f"order_{first}_long_before_{second}", faults[first][0],
                  faults[second][1](faults[first][1](one())))
