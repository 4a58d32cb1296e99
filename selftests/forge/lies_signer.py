# SPDX-License-Identifier: GPL-2.0
"""Who signs: signatures that are well-formed, and not good; heads; roles."""

import der
import manual
from cms import Signature, utc_time
from edits import bits_of, fields, lie, offline, one, statement, two
from keys import P256_ORDER
from lies_cms import replace
from truths import STRANGERS

RSA = Signature("signer-rsa3072")
P384 = Signature("signer-p384")
NOBODY = bytes([99]) * 32           # a key that is in no list
RELEASE_OUTSIDERS = (
    "release-anchor", "offline-anchor", "signer3", "leaked", "offline-signer",
    "offline-signer2", "offline-p384", "stranger", "stranger-signer",
    "leaf-issued", "no-sign", "expired", "sub-ca")
OFFLINE_OUTSIDERS = (
    "offline-anchor", "offline-signer2", "offline-p384", "signer",
    "signer-p384", "stranger-signer")


def edited(name, function):
    def edit(root):
        node = root.find(name)
        node.content = function(node.content)
    return edit


def flipped(octets, place=-1):
    place %= len(octets)
    return octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1:]


def heads():
    def head(**values):
        return one().edit("signatures", fields(at=0, **values))

    for name, field, value in bits_of(manual.SIGNATURE):
        yield f"head_{name}", "FORMAT", head(**{field: value})
    for ring in (0, 3, 4, 0x80, 255):
        yield f"head_ring_{ring}", "UNSUPPORTED", head(ring=ring)
    limit = manual.LIMIT["one CMS"]
    for length, cause in ((0, "FORMAT"), (limit + 1, "LENGTH"),
                          (0xffffffff, "LENGTH"), (limit, "FORMAT")):
        yield f"head_len_{length}", cause, head(len=length)

    def longer(by):
        def edit(signatures):
            signatures[0]["len"] += by
        return one().edit("signatures", edit)

    for by, cause in ((1, "FORMAT"), (-1, "FORMAT"), (-7, "FORMAT"),
                      (-8, "CMS")):
        yield f"head_len_off_by_{by}", cause, longer(by)
    yield "head_empty_second", "FORMAT", one().signed(
        Signature(), Signature()).edit("signatures", fields(
            at=1, len=0, cms=b""))
    yield "five_signatures", "LENGTH", one().signed(
        Signature(), P384, RSA, offline(), Signature())
    for count, cause in ((2, "FORMAT"), (3, "FORMAT")):
        yield f"second_head_reserved_of_{count}", cause, one().signed(
            *[Signature(), P384, RSA][:count]).edit(
                "signatures", fields(at=1, reserved_1=1))
    for ring in (0, 3):
        yield f"second_head_ring_{ring}", "UNSUPPORTED", one().signed(
            Signature(), P384).edit("signatures", fields(at=1, ring=ring))


def outsiders():
    """Signatures that are right, by those who are not in the ring."""
    for ring, names in (("release", RELEASE_OUTSIDERS),
                        ("offline", OFFLINE_OUTSIDERS)):
        for signer in names:
            for key_id in (False, True):
                form = "key_id" if key_id else "issuer"
                name = f"{ring}_{signer}_by_{form}".replace("-", "_")
                spec = Signature(signer, ring, key_id=key_id)
                made = one().signed(spec) if ring == "release" else \
                    statement().signed(spec)
                yield f"outsider_{name}", "SIGNER", made
    yield "outsider_beside_a_signer", "SIGNER", one().signed(
        Signature(), Signature("stranger-signer"))
    yield "outsider_before_a_signer", "SIGNER", one().signed(
        Signature("stranger-signer"), Signature())


def name_as_key_id(root):
    """What names the signer, in the place of its key identifier."""
    name = root.find("serial").content + root.find("issuer").content
    replace("sid", der.Node(der.context(0, constructed=False), name, "sid"))(root)
    set_versions(root, 3)


def key_id_as_name(root):
    """And the other way round: of no issuer."""
    serial = der.Node(der.INTEGER, root.find("sid").content, "serial")
    replace("sid", der.sequence("sid", der.Node(der.SEQUENCE, b"", "issuer"),
                                serial))(root)
    set_versions(root, 1)


def set_versions(root, version):
    for node in ("version", "info_version"):
        root.find(node).content = der.integer(version).content


def names():
    """The signer's name, changed."""
    yield "name_as_key_id", "SIGNER", one().signed(
        Signature(bend=name_as_key_id))
    yield "key_id_as_name", "SIGNER", one().signed(
        Signature(key_id=True, bend=key_id_as_name))
    serials = (("serial_next", lambda c: flipped(c)),
               ("serial_1", lambda c: b"\1"),
               ("serial_cut", lambda c: c[:-1]),
               ("serial_longer", lambda c: c + b"\0"))
    for name, change in serials:
        yield name, "SIGNER", one().signed(
            Signature(bend=edited("serial", change)))
    yield "issuer_last_octet", "SIGNER", one().signed(
        Signature(bend=edited("issuer", flipped)))
    yield "issuer_of_nobody", "SIGNER", one().signed(
        Signature(bend=edited("issuer", lambda c: b"")))
    for name, change in (("last_octet", flipped),
                         ("first_octet", lambda c: flipped(c, 0)),
                         ("cut", lambda c: c[:-1]),
                         ("half", lambda c: c[:len(c) // 2]),
                         ("longer", lambda c: c + b"\0"),
                         ("one_octet", lambda c: c[:1]),
                         ("zero", lambda c: bytes(len(c)))):
        yield f"key_id_{name}", "SIGNER", one().signed(
            Signature(key_id=True, bend=edited("sid", change)))
    for key_id, other in ((False, "offline-signer"), (True, "signer3")):
        yield f"name_of_{other}_{key_id}".replace("-", "_").lower(), "SIGNER", \
            one().signed(Signature(other, key_id=key_id, key="signer"))


def kinds():
    """The algorithm is one for another kind of key."""
    numbers = (P256_ORDER // 3, P256_ORDER // 5)
    for digest in ("sha-256", "sha-512"):
        for key_id in (False, True):
            yield f"kind_rsa_of_2048_bits_{digest}_{int(key_id)}".replace(
                "-", "_"), "SIGNER_USE", one().signed(Signature(
                    "signer-rsa2048", digest=digest, key_id=key_id))
    for signer in ("signer", "signer-p384", "signer-rsa3072"):
        for kind, digests in (("P-256", ("sha-256", "sha3-256")),
                              ("P-384", ("sha-384", "sha-512", "sha3-384")),
                              ("RSA", ("sha-256", "sha-384", "sha-512"))):
            own = {"signer": "P-256", "signer-p384": "P-384"}.get(signer, "RSA")
            for digest in digests if kind != own else ():
                for key_id in (False, True):
                    value = b"\1" * 384 if kind == "RSA" else numbers
                    yield f"kind_{signer}_as_{kind}_{digest}_{int(key_id)}" \
                        .replace("-", "_").lower(), "SIGNER_USE", one().signed(
                            Signature(signer, kind=kind, digest=digest,
                                      key_id=key_id, value=value))


def signatures():
    """A signature over something else, or none at all."""
    time = utc_time("260101000000Z")
    for name, spec in {
            "over_nothing": Signature(over=b""),
            "over_other_octets": Signature(over=b"other"),
            "over_another_manifest": Signature(over=bytes(832)),
            "rsa_over_another_manifest": Signature("signer-rsa3072",
                                                   over=bytes(832)),
            "p384_over_another_manifest": Signature("signer-p384",
                                                    over=bytes(832)),
            "by_another_signer": Signature(key="signer2"),
            "by_a_stranger": Signature(key="stranger-signer"),
            "by_the_anchor": Signature(key="release-anchor"),
            "by_the_offline_signer": Signature(key="offline-signer"),
            "of_signer2_by_signer": Signature("signer2", key="signer"),
            "of_signer2_by_signer_key_id": Signature("signer2", key="signer",
                                                     key_id=True),
            "over_the_content": Signature(signed=lambda root, content: content),
            "over_content_digest": Signature(
                signed=lambda root, _: root.find("digest").content),
            "over_attributes_as_they_stand": Signature(
                signed=lambda root, _: root.find("signed_attributes").encode()),
            "over_contents_of_attributes": Signature(
                signed=lambda root, _: root.find("signed_attributes").body()),
            "over_attributes_with_another_digest": Signature(
                digest_signed="sha-384"),
            "over_sha3_with_sha256": Signature(digest="sha3-256",
                                               digest_signed="sha-256"),
            "over_sha256_with_sha3": Signature(digest_signed="sha3-256"),
            "rsa_over_another_digest": Signature("signer-rsa3072",
                                                 digest_signed="sha-512"),
            "rsa_over_the_content": Signature(
                "signer-rsa3072", signed=lambda root, content: content),
            "digest_of_other_octets": Signature(bend=edited("digest", flipped)),
            "digest_zero": Signature(
                bend=edited("digest", lambda c: bytes(len(c)))),
            "digest_changed_afterwards": Signature(
                retouch=edited("digest", flipped)),
            "time_changed_afterwards": Signature(
                time=time, retouch=edited("time", lambda c: b"27" + c[2:])),
            "r_changed": Signature(retouch=edited("r", flipped)),
            "s_changed": Signature(retouch=edited("s", flipped)),
            "p384_s_changed": Signature("signer-p384",
                                        retouch=edited("s", flipped)),
            "r_and_s_are_1": Signature(value=(1, 1)),
            "r_and_s_are_the_order": Signature(value=(P256_ORDER, P256_ORDER)),
            "r_is_the_order": Signature(value=(P256_ORDER, 1)),
            "s_is_the_order": Signature(value=(1, P256_ORDER)),
            "r_is_beyond_the_order": Signature(
                value=(P256_ORDER + 1, P256_ORDER // 2)),
            "r_and_s_of_256_ones": Signature(value=((1 << 256) - 1,) * 2),
            "p384_r_and_s_of_384_ones": Signature(
                "signer-p384", value=((1 << 384) - 1,) * 2),
            "rsa_changed": Signature(
                "signer-rsa3072", retouch=edited("signature", flipped)),
            "rsa_cut": Signature(
                "signer-rsa3072", retouch=edited("signature",
                                                 lambda c: c[:-1])),
            "rsa_longer": Signature(
                "signer-rsa3072", retouch=edited("signature",
                                                 lambda c: c + b"\0")),
            "rsa_of_one_octet": Signature("signer-rsa3072", value=b"\1"),
            "rsa_of_512_octets": Signature("signer-rsa3072",
                                           value=b"\1" * 512),
            "rsa_zero": Signature("signer-rsa3072", value=bytes(384)),
            "rsa_one": Signature("signer-rsa3072",
                                 value=bytes(383) + b"\1"),
            "rsa_all_ones": Signature("signer-rsa3072", value=b"\xff" * 384),
            }.items():
        yield f"signature_{name}", "SIGNATURE", one().signed(spec)

    def swap(root):
        root.find("r_s").content.reverse()

    yield "signature_r_and_s_swapped", "SIGNATURE", one().signed(
        Signature(retouch=swap))
    for name, specs in {
            "second": (Signature(), Signature("signer-p384", over=b"")),
            "first": (Signature(over=b""), P384),
            "offline": (Signature(), offline(over=b"")),
            "last_of_four": (Signature(), P384, RSA, offline(over=b"")),
            }.items():
        yield f"signature_wrong_{name}", "SIGNATURE", one().signed(*specs)
    yield "signature_second_wrong_form", "CMS", one().signed(
        Signature(), offline(bend=edited("version", lambda c: b"\2")))
    yield "signature_of_statement_over_another", "SIGNATURE", \
        statement().signed(offline(over=bytes(640)))


def manifest_changed():
    """Octets of the manifest, changed after it was signed."""
    for struct, start in ((manual.MANIFEST, 0), (manual.IMAGE, 640)):
        for field in struct.fields.values():
            def edit(parts, place=start + field.offset):
                parts["manifest"] = flipped(parts["manifest"], place)
            kind = "image" if start else "manifest"
            yield f"changed_{kind}_{field.name}", "SIGNATURE", \
                one().edit("sections", edit)


def quorum():
    for name, specs in {
            "offline_only": [offline()],
            "offline_twice": [offline(), offline()],
            "same_signature_twice": [Signature(), Signature()],
            "same_key_by_both_names": [Signature(), Signature(key_id=True)],
            "same_key_by_both_digests": [Signature(),
                                         Signature(digest="sha3-256")],
            "same_key_at_both_ends": [Signature(), P384, Signature()],
            "same_p384_key": [P384, Signature("signer-p384", digest="sha-512")],
            "same_offline_key": [Signature(), offline(), offline(key_id=True)],
            "four_by_one_key": [Signature()] * 4}.items():
        yield f"quorum_{name}", "QUORUM", one().signed(*specs)
    yield "quorum_two_images_offline_only", "QUORUM", two().signed(offline())
    yield "quorum_statement_offline_twice", "QUORUM", \
        statement().signed(offline(), offline(key_id=True))
    yield "quorum_statement_release_twice", "QUORUM", \
        statement().signed(offline(), P384, P384)
    yield "quorum_offline_only_revokes", "QUORUM", one().signed(offline()).but(
        revoked=[NOBODY])


def roles():
    words = {"revokes": {"revoked": [NOBODY]},
             "retires": {"retired": [(NOBODY, 1)]},
             "sets_minimum": {"min_sequence": 1},
             "sets_own_minimum": {"min_sequence": lambda c: c.fresh}}
    for name, values in words.items():
        for who, specs in (("release", [Signature()]),
                           ("two_release", [Signature(), P384])):
            yield f"role_image_{name}_by_{who}", "ROLE", \
                one().signed(*specs).but(**values)
            yield f"role_statement_{name}_by_{who}", "ROLE", \
                statement(**values).signed(*specs)
    yield "role_statement_by_release", "ROLE", \
        statement().signed(Signature())
    yield "role_statement_by_two_release", "ROLE", \
        statement().signed(Signature(), P384)
    yield "role_recovery_by_release", "ROLE", \
        statement(flags=1).signed(Signature())
    yield "recovery_without_presence", "PRESENCE", statement(flags=1)
    yield "recovery_without_presence_by_both", "PRESENCE", \
        statement(flags=1).signed(Signature(), offline())
    yield "recovery_of_level_2", "UNSUPPORTED", statement(flags=1, level=2)
    yield "recovery_of_old_number", "SEQUENCE", \
        statement(flags=1, sequence=1)


def lists():
    """Revoked and retired keys.  The truths have filled both lists."""
    both = [Signature(), offline()]

    def beyond(key, last):
        return {"retired": lambda clock: [(key, last(clock))]}

    def before(clock):
        return clock.fresh - 1

    revoked, retired = Signature("signer2"), RSA
    yield "revoked_signer", "REVOKED", one().signed(revoked)
    yield "revoked_signer_by_key_id", "REVOKED", one().signed(
        Signature("signer2", key_id=True, digest="sha3-256"))
    yield "revoked_beside_a_good_one", "REVOKED", \
        one().signed(Signature(), revoked)
    yield "revoked_before_a_good_one", "REVOKED", \
        one().signed(revoked, Signature())
    yield "revoked_beside_offline_on_statement", "REVOKED", \
        statement().signed(offline(), revoked)
    yield "retired_signer", "RETIRED", one().signed(retired)
    yield "retired_signer_by_key_id", "RETIRED", \
        one().signed(Signature("signer-rsa3072", key_id=True))
    yield "retired_beside_a_good_one", "RETIRED", \
        one().signed(Signature(), retired)
    yield "retired_is_not_prolonged", "RETIRED", one().signed(
        retired, offline()).but(**beyond("signer-rsa3072",
                                         lambda clock: clock.fresh + 9))
    yield "revokes_itself", "REVOKED", one().signed(*both).but(
        revoked=["signer"])
    yield "revokes_itself_last", "REVOKED", one().signed(*both).but(
        revoked=STRANGERS[:7] + ["signer"])
    yield "revokes_its_offline_signer", "REVOKED", one().signed(*both).but(
        revoked=["offline-signer"])
    yield "statement_revokes_itself", "REVOKED", \
        statement(revoked=["offline-signer"])
    yield "retires_itself", "RETIRED", one().signed(*both).but(
        **beyond("signer", before))
    yield "retires_itself_at_0", "RETIRED", one().signed(*both).but(
        **beyond("signer", lambda clock: 0))
    yield "retires_its_offline_signer", "RETIRED", one().signed(*both).but(
        **beyond("offline-signer", before))
    yield "statement_retires_itself", "RETIRED", \
        statement(**beyond("offline-signer", before))
    yield "revokes_and_retires_itself", "REVOKED", one().signed(*both).but(
        revoked=["signer"], **beyond("signer", before))
    for what, values in (("revoked", [NOBODY]), ("retired", [(NOBODY, 9)])):
        yield f"{what}_list_is_full", "LENGTH", statement(**{what: values})
        yield f"{what}_list_is_full_with_image", "LENGTH", \
            one().signed(*both).but(**{what: values})
        known = [STRANGERS[0]] if what == "revoked" else [(STRANGERS[0], 0)]
        yield f"{what}_list_is_full_but_for_one", "LENGTH", \
            statement(**{what: known + values})


def lies():
    for group in (heads, outsiders, names, kinds, signatures, manifest_changed,
                  quorum, roles, lists):
        for name, cause, made in group():
            yield lie(f"sign_{name}", cause, made)
