# SPDX-License-Identifier: GPL-2.0
"""Keys, certificates, and the primitives that take them."""

import base64
import hashlib
import hmac
import random
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import der

SUBJECT_KEY_IDENTIFIER = der.oid("2.5.29.14").encode()
P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
P256_PRIME = 2 ** 256 - 2 ** 224 + 2 ** 192 + 2 ** 96 - 1


class Certificate:
    """What a signature says about its signer: issuer, serial, identifier."""

    def __init__(self, data):
        tbs = der.read_all(der.read(der.read(data)[1])[1])
        if tbs[0][0] == der.context(0):
            del tbs[0]
        serial, _, issuer, _, _, public = tbs[:6]
        self.serial, self.issuer = serial[2], issuer[2]
        self.public = der.read_all(public[1])[1][1][1:]
        self.key_id = hashlib.sha256(self.public).digest()
        self.identifier = hashlib.sha1(self.public).digest()
        for tag, body, _ in tbs[6:]:
            if tag == der.context(3):
                self._extensions(der.read(body)[1])

    def _extensions(self, extensions):
        for _, body, _ in der.read_all(extensions):
            parts = der.read_all(body)
            if parts[0][2] == SUBJECT_KEY_IDENTIFIER:
                self.identifier = der.read(parts[-1][1])[1]


class Signer:
    def __init__(self, folder, name):
        self.name = name
        self.key = serialization.load_pem_private_key(
            (folder / f"{name}.key").read_bytes(), None)
        self.certificate = Certificate((folder / f"{name}.der").read_bytes())
        self.rsa = isinstance(self.key, rsa.RSAPrivateKey)
        self.bits = self.key.key_size

    def sign(self, digest, data):
        """Octets for RSA, (r, s) for an elliptic curve."""
        name = digest.upper().replace("SHA-", "SHA").replace("-", "_")
        algorithm = getattr(hashes, name)()
        if self.rsa:
            return self.key.sign(data, padding.PKCS1v15(), algorithm)
        return decode_dss_signature(self.key.sign(data, ec.ECDSA(algorithm)))


class Keys:
    """The directory of signers, and the device's public identity."""

    def __init__(self, folder, identity):
        self.folder = Path(folder)
        line = Path(identity).read_text().splitlines()[0].split()
        magic, suite, _, public = line
        if (magic, suite) != ("kota-device-v1", "p256"):
            raise ValueError(f"{identity}: not a device's identity")
        self.device = base64.b64decode(public)

    @cache
    def __getitem__(self, name):
        return Signer(self.folder, name)


def private_key(number):
    return ec.derive_private_key(number, ec.SECP256R1())


def public_of(key):
    return key.public_key().public_bytes(
        serialization.Encoding.X962,
        serialization.PublicFormat.UncompressedPoint)[1:]


class Ephemeral:
    """A P-256 key pair from a source of randomness."""

    def __init__(self, randomness):
        self.key = private_key(randomness.randrange(1, P256_ORDER))
        self.public = public_of(self.key)

    def shared(self, public):
        point = ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), b"\4" + public)
        return self.key.exchange(ec.ECDH(), point)


def mac(key, data):
    return hmac.new(key, data, "sha256").digest()


def hkdf(salt, ikm, info, length):
    """RFC 5869 with HMAC-SHA256."""
    prk, block, out = mac(salt, ikm), b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = mac(prk, block + info + bytes([counter]))
        out += block
    return out[:length]


def seal(key, nonce, data, aad=None):
    """AES-GCM: ciphertext, then 16 octets of tag."""
    return AESGCM(key).encrypt(nonce, data, aad)


def crc16(data):
    """CRC-16/ARC."""
    crc = 0
    for octet in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ octet) & 0xff]
    return crc


def _crc_entry(value):
    for _ in range(8):
        value = value >> 1 ^ (0xa001 if value & 1 else 0)
    return value


CRC_TABLE = [_crc_entry(i) for i in range(256)]
assert crc16(b"123456789") == 0xbb3d


def randomness(*seed):
    return random.Random(" ".join(map(str, seed)))
