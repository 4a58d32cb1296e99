# SPDX-License-Identifier: GPL-2.0
"""The one form of CMS that is accepted, as a tree that a lie may bend."""

import hashlib
from dataclasses import dataclass
from typing import Callable, Optional

import der
import manual

SIGNED_DATA, DATA = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1"
CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME = (
    f"1.2.840.113549.1.9.{n}" for n in (3, 4, 5))
RING = {"release": 1, "offline": 2}


@dataclass
class Signature:
    """Who signs, and how; bend is called with the tree before the signed
    attributes are signed, retouch with it afterwards."""

    signer: str = "signer"
    ring: str = "release"
    digest: str = ""
    key_id: bool = False
    null: bool = False              # parameters of the digest algorithm
    time: Optional[der.Node] = None
    kind: str = ""                  # of key, which the algorithm is for
    over: Optional[bytes] = None    # other bytes than the manifest
    key: str = ""                   # another's key, whatever the CMS says
    value: object = None            # octets or (r, s), instead of a signature
    signed: Optional[Callable] = None   # chooses what octets are signed
    digest_signed: str = ""         # another one than the CMS names
    bend: Optional[Callable] = None
    retouch: Optional[Callable] = None


def hash_name(digest):
    return digest.replace("sha-", "sha").replace("-", "_")


def kind_of(signer):
    return "RSA" if signer.rsa else f"P-{signer.bits}"


def attribute(name, type_oid, *values):
    return der.sequence(name, der.oid(type_oid, f"{name}_type"),
                        der.set_of(f"{name}_values", *values))


def utc_time(text):
    return der.Node(der.UTC_TIME, text.encode(), "time")


def generalized_time(text):
    return der.Node(der.GENERALIZED_TIME, text.encode(), "time")


def digest_algorithm(spec, digest, name):
    parts = [der.oid(manual.DIGEST_OID[digest], f"{name}_oid")]
    if spec.null:
        parts.append(der.null(f"{name}_null"))
    return der.sequence(name, *parts)


def identifier(spec, certificate):
    if spec.key_id:
        return der.Node(der.context(0, constructed=False),
                        certificate.identifier, "sid")
    serial = der.read(certificate.serial)[1]
    issuer = der.read(certificate.issuer)[1]
    return der.sequence("sid", der.Node(der.SEQUENCE, issuer, "issuer"),
                        der.Node(der.INTEGER, serial, "serial"))


def attributes(spec, digest, content):
    value = hashlib.new(hash_name(digest), content).digest()
    found = [attribute("content_type", CONTENT_TYPE, der.oid(DATA, "type")),
             attribute("message_digest", MESSAGE_DIGEST,
                       der.octets(value, "digest"))]
    if spec.time:
        found.append(attribute("signing_time", SIGNING_TIME, spec.time))
    return der.Node(der.context(0), sorted(found, key=der.Node.encode),
                    "signed_attributes")


def tree(spec, signer, content):
    kind = spec.kind or kind_of(signer)
    digest = spec.digest or ("sha-384" if kind == "P-384" else "sha-256")
    version = 3 if spec.key_id else 1
    algorithm = [der.oid(manual.SIGNATURE_OID[kind, digest], "algorithm_oid")]
    if kind == "RSA":
        algorithm.append(der.null("algorithm_null"))
    info = der.sequence(
        "signer_info", der.integer(version, "info_version"),
        identifier(spec, signer.certificate),
        digest_algorithm(spec, digest, "info_digest"),
        attributes(spec, digest, content),
        der.sequence("algorithm", *algorithm), der.octets(b"", "signature"))
    return digest, der.sequence(
        "content_info", der.oid(SIGNED_DATA, "signed_data_type"),
        der.Node(der.context(0), [der.sequence(
            "signed_data", der.integer(version, "version"),
            der.set_of("digests", digest_algorithm(spec, digest, "digest_id")),
            der.sequence("encapsulated", der.oid(DATA, "data_type")),
            der.set_of("signer_infos", info))], "content"))


def signed_bytes(root, content):
    """The attributes as a SET; without any, the content itself."""
    if not root.has("signed_attributes"):
        return content
    twin = root.find("signed_attributes").copy()
    twin.tag, twin.length, twin.tail = der.SET, der.length, b""
    return twin.encode()


def make(spec, keys, section):
    signer = keys[spec.signer]
    content = section if spec.over is None else spec.over
    digest, root = tree(spec, signer, content)
    if spec.bend:
        spec.bend(root)
    octets = (spec.signed or signed_bytes)(root, content)
    value = spec.value or keys[spec.key or spec.signer].sign(
        spec.digest_signed or digest, octets)
    if root.has("signature"):
        root.find("signature").content = value if isinstance(value, bytes) \
            else [der.sequence("r_s", der.integer(value[0], "r"),
                               der.integer(value[1], "s"))]
    if spec.retouch:
        spec.retouch(root)
    return root.encode()
