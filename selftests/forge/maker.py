# SPDX-License-Identifier: GPL-2.0
"""
Makes deliverables as uapi/kota.rst describes them, step by step. After each step
a forger may change what it made, under good signatures and good tags.
"""

import base64
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import zstd
from cms import Signer
from manual import Struct

VENDOR = bytes.fromhex('3d97730d5a935e289f416fe91aaf06d6')
CLASS = bytes.fromhex('917cb326308a5865a7b203c5da987fd2')
BLOCK = 65536
DIGESTS = {1: hashlib.sha256, 2: hashlib.sha3_256}
KEY_LENGTHS = {1: 16, 2: 32}


def hkdf(salt, ikm, info, length):
    """RFC 5869 with HMAC-SHA256."""
    prk = hmac.digest(salt, ikm, 'sha256')
    out = block = b''
    while len(out) < length:
        block = hmac.digest(prk, block + info + bytes([len(out) // 32 + 1]), 'sha256')
        out += block
    return out[:length]


def crc16(data):
    """CRC-16/ARC."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
    return crc


def padded(text, length=16):
    return text.encode().ljust(length, b'\0')


def nonce(index):
    return struct.pack('<Q', index) + bytes(4)


def digest(kind, data):
    return DIGESTS.get(kind, hashlib.sha256)(data).digest()


class Frame:
    """A head, and the chunk that it carries."""

    def __init__(self, kind, image=0, chunk=0, plain=b''):
        self.head = Struct('frame', type=kind, image=image, chunk=chunk, len=len(plain))
        self.plain = plain              # encrypted under the chunk's number
        self.index = chunk
        self.sealed = None              # ciphertext and tag; None: of @plain
        self.aad = None


class Device:
    """Whom an envelope is for, from the line that kota provision prints."""

    def __init__(self, line):
        word, suite, _, public = line.split()
        if (word, suite) != ('kota-device-v1', 'p256'):
            raise SystemExit(f'forge: not an identity: {line}')
        self.public = base64.b64decode(public)
        self.id = hashlib.sha256(self.public).digest()


class Keys:
    """All the signers of the lab, read when they are asked for."""

    def __init__(self, path):
        self.path, self.found = path, {}

    def __getitem__(self, name):
        if name not in self.found:
            self.found[name] = Signer(self.path, name)
        return self.found[name]


class Maker:
    """One deliverable with one image or several. The steps of make() call the hook of
    their name, if the forger gave one; it may change any member."""

    def __init__(self, keys, device, sequence, images=(bytes(10000),), hooks=None):
        self.keys, self.device = keys, device
        self.contents = list(images)
        self.hooks = hooks or {}
        self.cek = os.urandom(32)
        self.cms_options = {}
        self.manifest = Struct(
            'manifest', magic='KOTAMNFT', version=1, nr_images=len(images), digest=1,
            sequence=sequence, made=1767225600, vendor_id=VENDOR, class_id=CLASS,
            update_id=os.urandom(16), salt=os.urandom(32), release='forged')
        self.images = [Struct('image', target='firmware', version='1', size=len(data),
                              log2_chunk=12, digest=1, cipher=2)
                       for data in images]

    def hook(self, name):
        if name in self.hooks:
            self.hooks[name](self)

    # -- pieces

    def chunks(self, i):
        step = 1 << self.images[i].number('log2_chunk')
        data = self.contents[i]
        return [data[off:off + step] for off in range(0, len(data), step)]

    def pack(self, i):
        """What is stored of each chunk."""
        if self.images[i].number('compression') == 1:
            return [zstd.frame(data) for data in self.chunks(i)]
        return self.chunks(i)

    def table(self, i):
        kind = self.images[i].number('digest')
        chunks = self.chunks(i)
        head = Struct('table', crc16=crc16(self.contents[i]), nr_chunks=len(chunks))
        entries = []
        for stored, final in zip(self.stored[i], chunks):
            e = Struct('entry', stored_len=len(stored), stored=digest(kind, stored),
                       final=digest(kind, final))
            if not self.images[i].number('compression'):
                del e.bytes[40:]        # "final" is only there with compression
            entries.append(e)
        return head, entries

    def root(self, i):
        plain = self.tables[i]
        return digest(self.images[i].number('digest'), padded('kota table v1') + plain)

    def key(self, label, i, number=None):
        """Of image i; a forger derives it for another number."""
        number = i if number is None else number
        info = padded(label) + self.manifest_digest + struct.pack('<H', number)
        length = KEY_LENGTHS.get(self.images[i].number('cipher'), 32)
        return hkdf(self.salt, self.cek, info, length)

    def seal_table(self, i):
        key = AESGCM(self.key('kota table', i))
        plain = self.tables[i]
        return b''.join(key.encrypt(nonce(off // BLOCK), plain[off:off + BLOCK], None)
                        for off in range(0, len(plain), BLOCK))

    def seal_frame(self, frame):
        if frame.sealed is not None:
            return bytes(frame.head.bytes) + frame.sealed
        if not frame.plain:
            return bytes(frame.head.bytes)
        key = AESGCM(self.key('kota frames', self.frames_key(frame)))
        return bytes(frame.head.bytes) + key.encrypt(nonce(frame.index), frame.plain, frame.aad)

    def frames_key(self, frame):
        i = frame.head.number('image')
        return i if i < len(self.images) else 0

    def wrap(self, public=None, secret=None):
        """An envelope of suite 1."""
        public = public or self.device.public
        secret = secret or ec.generate_private_key(ec.SECP256R1())
        enc = secret.public_key().public_bytes(
            serialization.Encoding.X962,
            serialization.PublicFormat.UncompressedPoint)[1:]
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b'\4' + public)
        shared = secret.exchange(ec.ECDH(), peer)
        info = padded('kota wrap') + struct.pack('<H', 1) + enc + public + self.manifest_digest
        key = hkdf(bytes(32), shared, info, 32)
        head = Struct('envelope', suite=1, enc_len=len(enc),
                      device=hashlib.sha256(public).digest())
        return [head, enc, AESGCM(key).encrypt(bytes(12), self.cek, None)]

    def sign(self, signer='signer', ring=1, **options):
        """A signature: its head, and its CMS in pieces."""
        return [Struct('signature', ring=ring),
                self.keys[signer].cms(self.section, **options)]

    # -- steps

    def make_tables(self):
        self.hook('begin')
        self.stored = [self.pack(i) for i in range(len(self.contents))]
        self.hook('stored')
        self.parts = [self.table(i) for i in range(len(self.contents))]
        self.hook('table')
        self.tables = [bytes(head.bytes) + b''.join(bytes(e.bytes) for e in entries)
                       for head, entries in self.parts]
        for i, image in enumerate(self.images):
            image['root'] = self.root(i)

    def make_manifest(self):
        self.hook('manifest')
        self.salt = self.manifest['salt']
        self.section = bytes(self.manifest.bytes) + b''.join(bytes(i.bytes) for i in self.images)
        self.hook('section')
        self.manifest_digest = digest(self.manifest.number('digest'), self.section)

    def make_signatures(self):
        self.signatures = [self.sign(**self.cms_options)]
        self.hook('signatures')
        out = b''
        for head, cms in self.signatures:
            der = cms if isinstance(cms, bytes) else cms.der()
            if not head.number('len'):
                head['len'] = len(der)
            out += bytes(head.bytes) + der
        return out

    def make_envelopes(self):
        # A statement, which has no images, has none of these either.
        self.envelopes = [self.wrap()] if self.images else []
        self.hook('envelopes')
        return b''.join(bytes(head.bytes) + enc + wrapped
                        for head, enc, wrapped in self.envelopes)

    def make_frames(self):
        self.frames = [Frame(1, i, nr, data) for i in range(len(self.contents))
                       for nr, data in enumerate(self.stored[i])]
        self.frames.append(Frame(2))
        self.hook('frames')
        return b''.join(self.seal_frame(f) for f in self.frames)

    def make(self):
        """The deliverable, as bytes."""
        self.make_tables()
        self.make_manifest()
        self.sections = [self.section, self.make_signatures(), self.make_envelopes(),
                         b''.join(self.seal_table(i) for i in range(len(self.contents))),
                         self.make_frames()]
        self.hook('sections')
        lens = [len(s) for s in self.sections]
        self.prologue = Struct(
            'prologue', magic=bytes.fromhex('4b4f54410d0a1a0a'), version=1,
            manifest_len=lens[0], signatures_len=lens[1], envelopes_len=lens[2],
            tables_len=lens[3], frames_len=lens[4])
        self.hook('prologue')
        self.stream = bytes(self.prologue.bytes) + b''.join(self.sections)
        self.hook('stream')
        return self.stream
