# SPDX-License-Identifier: GPL-2.0
"""A deliverable, made in stages.  Each stage has a product, and a lie is an
edit of one of them: what follows is made of the edited product, so that it
is right but for that.

stage       product
chunks      per image, its chunks as they are installed
stored      per image, the chunks as they are stored
tables      per image, fields of the table's head, and its entries
plain       per image, the table's octets
images      per image, the fields in the manifest
manifest    fields
section     octets of the manifest section
signatures  fields of each head, and "cms"
wrap        what the envelope for this device is made from
envelopes   fields of each envelope, "enc" and "wrapped"
table_keys  per image, what its table key is made from; also frame_keys
sent        per image, its stored chunks, now that the table is made
blocks      per image, the blocks of its table, encrypted
frames      fields of each frame's head, and "body"
sections    prologue (fields), then octets by the section's name
file        octets
"""

import copy
import hashlib
from dataclasses import dataclass, field

import cms
import keys as crypto
import manual
import zstd

VENDOR = bytes.fromhex("3d97730d5a935e289f416fe91aaf06d6")
CLASS = bytes.fromhex("917cb326308a5865a7b203c5da987fd2")
BLOCK, TAG = 65536, 16
SHA256, SHA3_256 = 1, 2
AES128, AES256 = 1, 2
KEY_LENGTH = {AES128: 16, AES256: 32}
DATA, END = 1, 2
SECTIONS = ("manifest", "signatures", "envelopes", "tables", "frames")


def hashed(digest, data):
    name = {SHA256: "sha256", SHA3_256: "sha3_256"}.get(digest, "sha256")
    return hashlib.new(name, data).digest()


def label(text):
    return text.encode().ljust(16, b"\0")


def nonce(index):
    return index.to_bytes(8, "little") + bytes(4)


@dataclass
class Image:
    data: bytes
    target: str = "firmware"
    version: str = "1.0"
    log2_chunk: int = 12
    digest: int = SHA256
    cipher: int = AES256
    compression: int = 0
    precondition: str = ""
    pack: object = zstd.frame       # with compression: chunk to frame

    def chunks(self):
        size = 1 << self.log2_chunk
        return [self.data[i:i + size] for i in range(0, len(self.data), size)]

    def fields(self, root):
        return {name: getattr(self, name) for name in (
            "target", "version", "log2_chunk", "digest", "cipher",
            "compression", "precondition")} | {
                "size": len(self.data), "root": root}


@dataclass
class Clock:
    """Numbers that a manifest may choose from."""

    fresh: int
    installed: int
    minimum: int


@dataclass
class Recipe:
    images: list = field(default_factory=list)
    manifest: dict = field(default_factory=dict)
    signatures: list = field(default_factory=lambda: [cms.Signature()])
    edits: list = field(default_factory=list)
    seed: str = ""                  # to make the same manifest again

    def edit(self, stage, function):
        twin = copy.copy(self)
        twin.edits = [*self.edits, (stage, function)]
        return twin

    def but(self, **manifest):
        twin = copy.copy(self)
        twin.manifest = self.manifest | manifest
        return twin

    def signed(self, *signatures):
        twin = copy.copy(self)
        twin.signatures = list(signatures)
        return twin


class Maker:
    def __init__(self, recipe, keys, name, clock):
        self.recipe, self.keys, self.clock = recipe, keys, clock
        self.random = crypto.randomness(recipe.seed or (name, clock.fresh))

    def stage(self, name, product):
        for stage, function in self.recipe.edits:
            if stage == name:
                edited = function(product)
                product = product if edited is None else edited
        return product

    def make(self):
        images = self.recipe.images
        stored = self._stored()
        plain = self._tables(stored)
        section = self._manifest(plain)
        self.cek = self.random.randbytes(32)
        blocks, tables_len = self._blocks(plain)
        frames, frames_len = self._frames(stored)
        parts = {"manifest": section, "signatures": self._signatures(section),
                 "envelopes": self._envelopes() if images else b"",
                 "tables": b"".join(sum(blocks, [])), "frames": frames}
        lengths = {f"{name}_len": len(parts[name]) for name in SECTIONS[:3]}
        parts = self.stage("sections", {"prologue": lengths | {
            "magic": manual.MAGIC, "version": 1, "tables_len": tables_len,
            "frames_len": frames_len}} | parts)
        out = manual.PROLOGUE.pack(parts["prologue"])
        return self.stage("file", out + b"".join(map(parts.get, SECTIONS)))

    def _stored(self):
        self.chunks = self.stage(
            "chunks", [image.chunks() for image in self.recipe.images])
        return self.stage("stored", [
            [image.pack(c) if image.compression else c for c in chunks]
            for image, chunks in zip(self.recipe.images, self.chunks)])

    def _tables(self, stored):
        tables = []
        for image, chunks, packed in zip(self.recipe.images, self.chunks,
                                         stored):
            entries = [{"stored_len": len(data),
                        "stored": hashed(image.digest, data)}
                       for data in packed]
            if image.compression:
                for entry, chunk in zip(entries, chunks):
                    entry["final"] = hashed(image.digest, chunk)
            tables.append({"crc16": crypto.crc16(b"".join(chunks)),
                           "nr_chunks": len(chunks), "entries": entries})
        return self.stage("plain", [
            self._table(image, table) for image, table in
            zip(self.recipe.images, self.stage("tables", tables))])

    @staticmethod
    def _table(image, table):
        entries = table.pop("entries")
        size = manual.ENTRY.size if image.compression else \
            manual.ENTRY["final"].offset
        return manual.TABLE.pack(table) + b"".join(
            manual.ENTRY.pack(entry)[:size] for entry in entries)

    def _manifest(self, plain):
        images = self.stage("images", [
            image.fields(hashed(image.digest, label("kota table v1") + table))
            for image, table in zip(self.recipe.images, plain)])
        lists = {"revoked": [], "retired": []}
        values = {
            "magic": manual.MANIFEST_MAGIC, "version": 1, "digest": SHA256,
            "nr_images": len(images), "sequence": self.clock.fresh,
            "made": 1767225600, "vendor_id": VENDOR, "class_id": CLASS,
            "update_id": self.random.randbytes(16),
            "salt": self.random.randbytes(32), "release": "forge"} | {
                name: value(self.clock) if callable(value) else value
                for name, value in (lists | self.recipe.manifest).items()}
        for name in lists:
            values[f"nr_{name}"] = len(values[name])
        values["revoked"] = b"".join(map(self._key_id, values["revoked"]))
        values["retired"] = b"".join(
            self._key_id(key) + last.to_bytes(8, "little")
            for key, last in values["retired"])
        self.manifest = values = self.stage("manifest", values)
        section = self.stage("section", manual.MANIFEST.pack(values) + b"".join(
            map(manual.IMAGE.pack, images)))
        self.salt = section[manual.MANIFEST["salt"].offset:][:32]
        self.digest = hashed(values["digest"], section)
        return section

    def _key_id(self, key):
        return self.keys[key].certificate.key_id \
            if isinstance(key, str) else key

    def _signatures(self, section):
        heads = []
        for spec in self.recipe.signatures:
            data = cms.make(spec, self.keys, section)
            heads.append({"ring": cms.RING[spec.ring], "len": len(data),
                          "cms": data})
        return b"".join(
            manual.SIGNATURE.pack({k: v for k, v in head.items() if k != "cms"})
            + head["cms"] for head in self.stage("signatures", heads))

    def _envelopes(self):
        ephemeral = crypto.Ephemeral(self.random)
        wrap = self.stage("wrap", {
            "cek": self.cek, "salt": bytes(32), "label": "kota wrap",
            "suite": 1, "enc": ephemeral.public, "public": self.keys.device,
            "secret": ephemeral.shared(self.keys.device),
            "digest": self.digest, "nonce": bytes(12), "aad": None,
            "sent": ephemeral.public, "named": self.keys.device})
        info = label(wrap["label"]) + wrap["suite"].to_bytes(2, "little") + \
            wrap["enc"] + wrap["public"] + wrap["digest"]
        key = crypto.hkdf(wrap["salt"], wrap["secret"], info, 32)
        envelope = {
            "suite": 1, "enc_len": len(wrap["sent"]), "enc": wrap["sent"],
            "device": hashlib.sha256(wrap["named"]).digest(),
            "wrapped": crypto.seal(key, wrap["nonce"], wrap["cek"],
                                   wrap["aad"])}
        return b"".join(map(pack_envelope, self.stage("envelopes", [envelope])))

    def _keys(self, kind, text):
        made = []
        for index, image in enumerate(self.recipe.images):
            made.append({
                "salt": self.salt, "cek": self.cek, "label": text,
                "digest": self.digest, "index": index, "nonce": nonce,
                "length": KEY_LENGTH.get(image.cipher, 32), "aad": None})
        return [(crypto.hkdf(key["salt"], key["cek"], label(key["label"])
                             + key["digest"]
                             + key["index"].to_bytes(2, "little"),
                             key["length"]), key["nonce"], key["aad"])
                for key in self.stage(kind, made)]

    def _blocks(self, plain):
        blocks = [
            [crypto.seal(key, number(n), table[start:start + BLOCK], aad)
             for n, start in enumerate(range(0, len(table), BLOCK))]
            for table, (key, number, aad) in
            zip(plain, self._keys("table_keys", "kota table"))]
        length = sum(map(len, sum(blocks, [])))
        return self.stage("blocks", blocks), length

    def _frames(self, stored):
        heads = manual.FRAME.size
        length = heads + sum(heads + len(data) + TAG
                             for data in sum(stored, []))
        sent = self.stage("sent", [list(packed) for packed in stored])
        frames = [
            {"type": DATA, "image": image, "chunk": chunk, "len": len(data),
             "body": crypto.seal(key, number(chunk), data, aad)}
            for image, (packed, (key, number, aad)) in
            enumerate(zip(sent, self._keys("frame_keys", "kota frames")))
            for chunk, data in enumerate(packed)]
        frames.append({"type": END, "body": b""})
        return b"".join(map(pack_frame, self.stage("frames", frames))), length


def pack_frame(frame):
    return manual.FRAME.pack({k: v for k, v in frame.items() if k != "body"}) \
        + frame["body"]


def pack_envelope(envelope):
    head = {k: v for k, v in envelope.items() if k not in ("enc", "wrapped")}
    return manual.ENVELOPE.pack(head) + envelope["enc"] + envelope["wrapped"]
