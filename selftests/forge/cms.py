# SPDX-License-Identifier: GPL-2.0
"""
The one form of CMS that the manual accepts, put together piece by piece so that
each piece can be another one.
"""

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

SHA256, SHA3 = '2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.8'
SHA384, SHA512 = '2.16.840.1.101.3.4.2.2', '2.16.840.1.101.3.4.2.3'
SHA3_384 = '2.16.840.1.101.3.4.2.9'
HASHES = {SHA256: hashes.SHA256, SHA3: hashes.SHA3_256, SHA384: hashes.SHA384,
          SHA512: hashes.SHA512, SHA3_384: hashes.SHA3_384}
ECDSA = {SHA256: '1.2.840.10045.4.3.2', SHA3: '2.16.840.1.101.3.4.3.10',
         SHA384: '1.2.840.10045.4.3.3', SHA512: '1.2.840.10045.4.3.4',
         SHA3_384: '2.16.840.1.101.3.4.3.11'}
RSA = '1.2.840.113549.1.1.1'
SIGNED_DATA, DATA = '1.2.840.113549.1.7.2', '1.2.840.113549.1.7.1'
CONTENT_TYPE, MESSAGE_DIGEST = '1.2.840.113549.1.9.3', '1.2.840.113549.1.9.4'
SIGNING_TIME, SMIME_CAPS = '1.2.840.113549.1.9.5', '1.2.840.113549.1.9.15'


def tlv(tag, *contents):
    """One element in DER."""
    body = b''.join(contents)
    n = len(body)
    if n < 0x80:
        length = bytes([n])
    else:
        octets = n.to_bytes((n.bit_length() + 7) // 8, 'big')
        length = bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + length + body


def seq(*contents):
    return tlv(0x30, *contents)


def set_of(*contents):
    return tlv(0x31, *sorted(contents))


def oid(dotted):
    first, second, *rest = (int(n) for n in dotted.split('.'))
    out = b''
    for n in [first * 40 + second] + rest:
        part = bytes([n & 0x7f])
        while n > 0x7f:
            n >>= 7
            part = bytes([0x80 | n & 0x7f]) + part
        out += part
    return tlv(6, out)


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, 'big', signed=True))


def octets(data):
    return tlv(4, data)


def attribute(kind, *values):
    return seq(oid(kind), set_of(*values))


class Cms:
    """The pieces, in the manual's words; der() puts them together."""

    def __init__(self, content, key, cert, keyid=False, digest=SHA256):
        self.content, self.key, self.digest = content, key, digest
        self.content_info_type = oid(SIGNED_DATA)
        self.version = self.info_version = integer(3 if keyid else 1)
        self.algorithm = self.info_algorithm = seq(oid(digest))
        self.algorithms = None          # a SET; None: of @algorithm
        self.encapsulated = seq(oid(DATA))
        self.certificates = b''
        self.sid = self.key_identifier(cert) if keyid else self.issuer(cert)
        self.attributes = [
            attribute(CONTENT_TYPE, oid(DATA)),
            attribute(MESSAGE_DIGEST, octets(self.hash(content))),
        ]
        self.attributes_tag = 0xa0
        self.is_rsa = not isinstance(key, ec.EllipticCurvePrivateKey)
        self.signature_algorithm = (seq(oid(RSA), bytes([5, 0])) if self.is_rsa
                                    else seq(oid(ECDSA[digest])))
        self.signature = None           # its bytes; None: over the attributes
        self.unsigned = b''
        self.infos = 1
        self.after_info = self.after = b''

    def hash(self, data):
        h = hashes.Hash(HASHES[self.digest]())
        h.update(data)
        return h.finalize()

    @staticmethod
    def issuer(cert):
        return seq(cert.issuer.public_bytes(), integer(cert.serial_number))

    @staticmethod
    def key_identifier(cert):
        ski = cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        return tlv(0x80, ski.value.digest)

    def signed(self):
        """r and s over the attributes, as the SET that they are."""
        der = self.key.sign(set_of(*self.attributes),
                            ec.ECDSA(HASHES[self.digest]()))
        return utils.decode_dss_signature(der)

    def value(self):
        if self.is_rsa:
            return self.key.sign(set_of(*self.attributes), padding.PKCS1v15(),
                                 HASHES[self.digest]())
        return seq(*(integer(n) for n in self.signed()))

    def info(self):
        value = self.value() if self.signature is None else self.signature
        attributes = tlv(self.attributes_tag, *sorted(self.attributes))
        return seq(self.info_version, self.sid, self.info_algorithm,
                   attributes if self.attributes else b'',
                   self.signature_algorithm, octets(value), self.unsigned)

    def der(self):
        data = seq(self.version, self.algorithms or set_of(self.algorithm),
                   self.encapsulated, self.certificates,
                   tlv(0x31, *[self.info()] * self.infos), self.after_info)
        return seq(self.content_info_type, tlv(0xa0, data)) + self.after


class Signer:
    """A key and its certificate, from the lab's keys."""

    def __init__(self, keys, name):
        with open(f'{keys}/{name}.pem', 'rb') as f:
            self.cert = x509.load_pem_x509_certificate(f.read())
        with open(f'{keys}/{name}.key', 'rb') as f:
            self.key = serialization.load_pem_private_key(f.read(), None)

    def key_id(self):
        """SHA-256 of the public key, as it stands in its BIT STRING."""
        info = self.cert.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        return hashlib.sha256(info).digest()

    def cms(self, content, **options):
        return Cms(content, self.key, self.cert, **options)
