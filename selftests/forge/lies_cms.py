# SPDX-License-Identifier: GPL-2.0
"""Lies of form: a CMS that is another than the one that is accepted."""

import base64

import cms
import der
from cms import Signature, generalized_time, utc_time
from edits import at, lie, offline, one, statement
from keys import P256_ORDER

# Mutations of any node.  What is behind the signed attributes is changed
# after they were signed, all else before.


def missing(root, node):
    root.parent_of(node.name).content.remove(node)


def twice(root, node):
    siblings = root.parent_of(node.name).content
    siblings.insert(siblings.index(node), node.copy())


def other_tag(_, node):
    node.tag = {der.SEQUENCE: der.SET, der.SET: der.SEQUENCE,
                der.INTEGER: 0x0a, der.OID: 0x0d, der.NULL: der.BIT_STRING,
                der.OCTET_STRING: der.BIT_STRING}.get(node.tag, node.tag + 1)


def constructed(_, node):
    node.tag ^= der.CONSTRUCTED


def indefinite(_, node):
    node.length = lambda n: b"\x80"
    node.tail = bytes(2)


def length_too_long(_, node):
    node.length = lambda n: der.long_length(1 if n < 0x80 else 2 if n < 0x100
                                            else 3)(n)


def length_off_by_one(_, node):
    node.length = lambda n: der.length(n + 1)


def empty(_, node):
    node.content = [] if isinstance(node.content, list) else b""


def ends_in_null(_, node):
    node.content.append(der.null())


def begins_with_null(_, node):
    node.content.insert(0, der.null())


def octet_more(_, node):
    node.content += b"\0"


def leading_zero(_, node):
    node.content = b"\0" + node.content


def reversed_(_, node):
    node.content.reverse()


EVERY = (missing, twice, other_tag, constructed, length_too_long,
         length_off_by_one, empty)
LISTS = (indefinite, ends_in_null, begins_with_null)
SIGNED_LAST = ("signature", "r_s", "r", "s")
# What is not a matter of form: whose name it is, what digest, what time.
SKIPPED = {
    ("content_info", "missing"), ("content_info", "twice"),
    ("issuer", "empty"), ("issuer", "ends_in_null"),
    ("issuer", "begins_with_null"), ("sid", "empty"),
    ("digest", "empty"), ("signing_time", "missing")}


def mutated(spec, node_name, mutation):
    def edit(root):
        mutation(root, root.find(node_name))

    place = "retouch" if node_name in SIGNED_LAST else "bend"
    setattr(spec, place, edit)
    return spec


def nodes(form):
    """The names of all nodes in a CMS of this form."""
    class Nobody:
        rsa, bits = form().signer == "signer-rsa3072", 256
        certificate = type("", (), {"issuer": der.sequence("").encode(),
                                    "serial": der.integer(1).encode(),
                                    "identifier": b""})
    _, root = cms.tree(form(), Nobody, b"")
    found = [(node.name, node.tag) for node, _ in root.walk()]
    if not Nobody.rsa:
        found += [("r_s", der.SEQUENCE), ("r", der.INTEGER), ("s", der.INTEGER)]
    return found


def short():
    return Signature()


def long():
    return Signature("signer-rsa3072", key_id=True, null=True,
                     time=utc_time("260101000000Z"))


def anywhere():
    known = set()
    for form in (short, long):
        for name, tag in nodes(form):
            if name in known and name not in ("sid", "signature"):
                continue
            known.add(name)
            mutations = EVERY
            if tag & der.CONSTRUCTED:
                mutations += LISTS
            elif tag in (der.OID, der.NULL):
                mutations += (octet_more,)
            elif tag == der.INTEGER:
                mutations += (octet_more, leading_zero)
            for mutation in mutations:
                what = mutation.__name__
                if skipped(name, what, tag):
                    continue
                yield lie(f"cms_{form.__name__}_{name}_{what}", "CMS",
                          one().signed(mutated(form(), name, mutation)))


def skipped(name, what, tag):
    return (name, what) in SKIPPED \
        or (tag == der.NULL and what in ("empty", "missing")
            and (name, what) != ("algorithm_null", "missing")) \
        or (name in ("serial", "r", "s") and what == "octet_more") \
        or (name == "time" and what not in ("missing", "twice"))


def replace(name, node):
    def edit(root):
        siblings = root.parent_of(name).content
        siblings[siblings.index(root.find(name))] = node
    return edit


def set_oid(name, dotted):
    return replace(name, der.oid(dotted))


def add(parent, *new, first=False):
    def edit(root):
        content = root.find(parent).content
        content[0 if first else len(content):] = list(new) + \
            (content if first else [])
    return edit


def both(*edits):
    def edit(root):
        for each in edits:
            each(root)
    return edit


def object_identifiers():
    for name, values in {
            "signed_data_type": ("1.2.840.113549.1.7.1",
                                 "1.2.840.113549.1.7.3",
                                 "1.2.840.113549.1.7.5",
                                 "1.2.840.113549.1.9.16.1.2"),
            "data_type": ("1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4",
                          "1.3.6.1.4.1.311.2.1.4"),
            "type": ("1.2.840.113549.1.7.2", "1.3.6.1.4.1.311.2.1.4"),
            "content_type_type": ("1.2.840.113549.1.9.6",),
            "message_digest_type": ("1.2.840.113549.1.9.52",),
            "algorithm_oid": ("1.2.840.10045.4.1", "1.2.840.10045.4.3.1",
                              "2.16.840.1.101.3.4.3.9",
                              "2.16.840.1.101.3.4.3.12", "1.3.101.112",
                              "2.16.840.1.101.3.4.3.2",
                              "1.2.840.10045.2.1")}.items():
        for value in values:
            yield f"{name}_{value.replace('.', '_')}", Signature(
                bend=set_oid(name, value))
    for name, value in (("sha1", "1.3.14.3.2.26"),
                        ("md5", "1.2.840.113549.2.5"),
                        ("sha224", "2.16.840.1.101.3.4.2.4"),
                        ("sha512_256", "2.16.840.1.101.3.4.2.6"),
                        ("sha3_224", "2.16.840.1.101.3.4.2.7"),
                        ("sha3_512", "2.16.840.1.101.3.4.2.10"),
                        ("shake256", "2.16.840.1.101.3.4.2.12"),
                        ("sm3", "1.2.156.10197.1.401"),
                        ("sha384", "2.16.840.1.101.3.4.2.2"),
                        ("sha3_256", "2.16.840.1.101.3.4.2.8")):
        outer, inner = (set_oid(f"{place}_oid", value)
                        for place in ("digest_id", "info_digest"))
        yield f"digest_{name}_outside", Signature(bend=outer)
        yield f"digest_{name}_inside", Signature(bend=inner)
        yield f"digest_{name}_in_both", Signature(bend=both(outer, inner))
    for name, value in (("sha256_with_rsa", "1.2.840.113549.1.1.11"),
                        ("sha512_with_rsa", "1.2.840.113549.1.1.13"),
                        ("pss", "1.2.840.113549.1.1.10"),
                        ("rsaes_oaep", "1.2.840.113549.1.1.7")):
        yield f"rsa_{name}", Signature("signer-rsa3072",
                                       bend=set_oid("algorithm_oid", value))
    for name, value in (("sha3_256", "2.16.840.1.101.3.4.2.8"),
                        ("sha3_384", "2.16.840.1.101.3.4.2.9")):
        yield f"rsa_digest_{name}", Signature("signer-rsa3072", bend=both(
            set_oid("digest_id_oid", value), set_oid("info_digest_oid", value)))
    for digest, algorithm in (("sha-384", "1.2.840.10045.4.3.4"),
                              ("sha-512", "1.2.840.10045.4.3.3"),
                              ("sha3-384", "1.2.840.10045.4.3.3"),
                              ("sha-384", "2.16.840.1.101.3.4.3.11")):
        yield f"p384_{digest}_{algorithm}".replace(".", "_"), Signature(
            "signer-p384", digest=digest,
            bend=set_oid("algorithm_oid", algorithm))


def parameters():
    empty_list = der.sequence("")
    for name, node in (("null", der.null()), ("sequence", empty_list),
                       ("octets", der.octets(b""))):
        yield f"ecdsa_parameters_{name}", Signature(bend=add("algorithm", node))
    yield "rsa_parameters_sequence", Signature(
        "signer-rsa3072", bend=replace("algorithm_null", empty_list))
    yield "digest_null_outside_only", Signature(
        bend=add("digest_id", der.null()))
    yield "digest_null_inside_only", Signature(
        bend=add("info_digest", der.null()))
    yield "digest_parameters_sequence", Signature(bend=both(
        add("digest_id", empty_list), add("info_digest", empty_list)))


def versions():
    for key_id, good in ((False, 1), (True, 3)):
        form = "key_id" if key_id else "issuer"
        for outer in (0, 1, 2, 3, 4, 5):
            for inner in {outer, good}:
                if (outer, inner) != (good, good):
                    yield f"version_{outer}_{inner}_by_{form}", Signature(
                        key_id=key_id, bend=both(
                            replace("version", der.integer(outer)),
                            replace("info_version", der.integer(inner))))
        other = 4 - good
        yield f"version_{good}_{other}_by_{form}", Signature(
            key_id=key_id, bend=replace("info_version", der.integer(other)))
        yield f"version_{good}_in_two_octets_by_{form}", Signature(
            key_id=key_id, bend=replace(
                "version", der.Node(der.INTEGER, bytes([0, good]))))
    yield "version_negative", Signature(
        bend=replace("version", der.integer(-1)))


def present():
    """What must not be there."""
    junk = der.sequence("", der.null())
    content = der.Node(der.context(0), [der.octets(b"content")])
    empty = der.Node(der.context(0), [])

    def before_infos(tag, *children):
        def edit(root):
            parts = root.find("signed_data").content
            parts.insert(3, der.Node(tag, list(children)))
        return edit

    yield "certificates", Signature(bend=before_infos(0xa0, junk))
    yield "certificates_empty", Signature(bend=before_infos(0xa0))
    yield "revocation_lists", Signature(bend=before_infos(0xa1, junk))
    yield "revocation_lists_empty", Signature(bend=before_infos(0xa1))
    yield "content_of_its_own", Signature(bend=add("encapsulated", content))
    yield "content_without_octets", Signature(bend=add("encapsulated", empty))
    unsigned = der.Node(der.context(1), [cms.attribute(
        "unsigned", "1.2.840.113549.1.9.16.2.14", der.null())])
    yield "unsigned_attributes", Signature(
        retouch=add("signer_info", unsigned))
    yield "unsigned_attributes_empty", Signature(
        retouch=add("signer_info", der.Node(der.context(1), [])))
    yield "second_digest_algorithm", Signature(bend=add("digests", der.sequence(
        "", der.oid("2.16.840.1.101.3.4.2.3"))))
    yield "second_signer_info", Signature(
        retouch=lambda root: twice(root, root.find("signer_info")))
    yield "second_signer_info_of_another_version", Signature(
        retouch=add("signer_infos", der.sequence("", der.integer(3))))


def attributes():
    def extra(oid, *values, sort=True):
        def edit(root):
            node = root.find("signed_attributes")
            node.content.append(cms.attribute("extra", oid, *values))
            if sort:
                node.content.sort(key=der.Node.encode)
        return edit

    for name, oid, value in (
            ("smime_capabilities", "1.2.840.113549.1.9.15", der.sequence("")),
            ("signing_certificate", "1.2.840.113549.1.9.16.2.47",
             der.sequence("", der.sequence(""))),
            ("algorithm_protection", "1.2.840.113549.1.9.52",
             der.sequence("")),
            ("counter_signature", "1.2.840.113549.1.9.6", der.sequence("")),
            ("program_info", "1.3.6.1.4.1.311.2.1.12", der.sequence("")),
            ("statement_type", "1.3.6.1.4.1.311.2.1.11", der.sequence("")),
            ("unknown", "1.2.3.4", der.null()),
            ("second_content_type", cms.CONTENT_TYPE, der.oid(cms.DATA)),
            ("second_message_digest", cms.MESSAGE_DIGEST,
             der.octets(bytes(32)))):
        yield f"attribute_{name}", Signature(bend=extra(oid, value))
    time = utc_time("260101000000Z")
    yield "attribute_two_signing_times", Signature(time=time, bend=extra(
        cms.SIGNING_TIME, generalized_time("20260101000000Z")))
    yield "attribute_signing_time_that_is_no_time", Signature(time=der.null())
    yield "attribute_signing_time_without_value", Signature(
        bend=extra(cms.SIGNING_TIME))
    yield "attributes_not_in_the_order_of_der", Signature(
        bend=lambda root: reversed_(root, root.find("signed_attributes")))
    yield "attributes_with_time_not_in_the_order_of_der", Signature(
        time=time,
        bend=lambda root: reversed_(root, root.find("signed_attributes")))
    for name, node in (("type", der.oid(cms.SIGNED_DATA)),
                       ("digest", der.octets(bytes(32)))):
        parent = {"type": "content_type", "digest": "message_digest"}[name]
        yield f"attribute_{parent}_with_two_values", Signature(
            bend=add(f"{parent}_values", node))


def numbers():
    """r and s."""
    def set_to(name, octets):
        def edit(root):
            root.find(name).content = octets
        return edit

    for name in ("r", "s"):
        for what, octets in (("zero", b"\0"), ("negative", b"\xff"),
                             ("very_negative", b"\x80" + bytes(31)),
                             ("of_257_bits", b"\1" + bytes(32)),
                             ("of_384_bits", b"\x7f" * 48),
                             ("of_1000_octets", b"\x7f" * 1000)):
            yield f"{name}_{what}", Signature(retouch=set_to(name, octets))
        for what, octets in (("385_bits", b"\1" + bytes(48)),
                             ("zero", b"\0"), ("negative", b"\x80" * 48)):
            yield f"p384_{name}_{what}", Signature(
                "signer-p384", retouch=set_to(name, octets))
    for octets in (513, 1024):
        yield f"rsa_signature_of_{octets}_octets", Signature(
            "signer-rsa3072", value=b"\1" * octets)

    def tail(root):
        root.find("signature").content.append(der.null())

    yield "octets_behind_r_and_s", Signature(retouch=tail)
    yield "r_and_s_without_der", Signature(value=b"\1" * 64)
    yield "ecdsa_signature_as_an_integer", Signature(
        value=der.integer(P256_ORDER // 3).encode())


def files():
    """The CMS as a whole."""
    def wrapped(change):
        def edit(head):
            head["cms"] = change(head["cms"])
            head["len"] = len(head["cms"])
            return head
        return one().edit("signatures", at(0, edit))

    for name, change in {
            "one_octet": lambda c: c[:1], "two_octets": lambda c: c[:2],
            "cut_by_one": lambda c: c[:-1], "cut_in_half":
            lambda c: c[:len(c) // 2], "octet_behind": lambda c: c + b"\0",
            "octet_before": lambda c: b"\0" + c, "twice": lambda c: c + c,
            "in_a_sequence": lambda c: der.Node(der.SEQUENCE, c).encode(),
            "in_base64": base64.b64encode,
            "as_pem": lambda c: b"-----BEGIN CMS-----\n" + base64.encodebytes(c)
            + b"-----END CMS-----\n",
            "without_content_info": lambda c: der.read(
                der.read(der.read(der.read(c)[1])[3])[1])[2],
            "zeros": lambda c: bytes(len(c)),
            "signature_alone": lambda c: c[-72:],
            "at_the_limit": lambda c: c.ljust(8192, b"\0"),
            "deep": lambda c: b"\x30\x80" * 4000}.items():
        yield lie(f"cms_file_{name}", "CMS", wrapped(change))


def lies():
    yield from anywhere()
    for group in (object_identifiers, parameters, versions, present, attributes,
                  numbers):
        for name, spec in group():
            yield lie(f"cms_{name}", "CMS", one().signed(spec))
    yield from files()
    for mutation in (length_too_long, indefinite, ends_in_null):
        yield lie(f"cms_of_statement_{mutation.__name__}", "CMS",
                  statement().signed(mutated(offline(), "signed_data",
                                             mutation)))
