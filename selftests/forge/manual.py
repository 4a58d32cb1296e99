# SPDX-License-Identifier: GPL-2.0
"""Reads kota.rst: structures, limits and errnos come from its tables."""

import errno
import re
from pathlib import Path

PLACE = Path(__file__).resolve().parents[2] / "uapi" / "kota.rst"
RULE = re.compile(r"=+( +=+)+\s*$")
UNDERLINE = re.compile(r"([=~-])\1{2,}\s*$")


def sections(lines):
    """{title: lines}, one for each heading of whatever depth."""
    found, title = {}, ""
    for number, line in enumerate(lines):
        follows = lines[number + 1] if number + 1 < len(lines) else ""
        if line and not RULE.match(line) and UNDERLINE.match(follows):
            title = line.strip()
        found.setdefault(title, []).append(line)
    return found


def tables(lines):
    """The simple tables among lines: each a list of rows, the head first."""
    found, table, columns, rules = [], [], [], 0
    for line in lines:
        if RULE.match(line):
            if not rules:
                columns = [m.span() for m in re.finditer("=+", line)]
                table = []
            rules += 1
            if rules == 3:
                found.append(table)
                rules = 0
        elif rules:
            ends = [end for _, end in columns[:-1]] + [None]
            cells = [line[start:end].strip()
                     for (start, _), end in zip(columns, ends)]
            if cells[0]:
                table.append(cells)
            else:
                table[-1] = [f"{a} {b}".strip()
                             for a, b in zip(table[-1], cells)]
    return found


class Field:
    def __init__(self, name, offset, length, value):
        self.name, self.offset, self.length = name, offset, length
        self.value = value

    @property
    def number(self):
        """Is it an integer, as far as its length tells?"""
        return self.length in (1, 2, 4, 8)


class Struct:
    """A table with offset, length and field.

    The second reserved field is reserved_OFFSET, as all of them are.  What
    has no fixed length (n, len) is appended by the caller.
    """

    def __init__(self, rows):
        self.fields = {}
        for offset, length, name, value in rows[1:]:
            if not (offset.isdigit() and length.isdigit()):
                continue
            if name == "reserved":
                name = f"reserved_{offset}"
            self.fields[name] = Field(name, int(offset), int(length), value)
        last = max(self.fields.values(), key=lambda f: f.offset)
        self.size = last.offset + last.length

    def __getitem__(self, name):
        return self.fields[name]

    def reserved(self):
        return [f for n, f in self.fields.items() if n.startswith("reserved")]

    def pack(self, values):
        unknown = set(values) - set(self.fields)
        if unknown:
            raise KeyError(f"no such field: {sorted(unknown)}")
        out = bytearray(self.size)
        for name, value in values.items():
            field = self.fields[name]
            if isinstance(value, int):
                value = value.to_bytes(field.length, "little")
            elif isinstance(value, str):
                value = value.encode("latin-1")
            if len(value) > field.length:
                raise ValueError(f"{name}: {len(value)} > {field.length}")
            out[field.offset:field.offset + len(value)] = value
        return bytes(out)


_SECTIONS = sections(PLACE.read_text().splitlines())


def _tables(title):
    return tables(_SECTIONS[title])


def _limits():
    def number(cell):
        base, _, exponent = cell.partition("^")
        return int(base) ** int(exponent or 1)

    return {what.removesuffix(", plaintext"): number(limit)
            for what, limit, _ in _tables("Limits")[0][1:]
            if re.fullmatch(r"\d+(\^\d+)?", limit)}


PROLOGUE = Struct(_tables("Prologue")[0])
MANIFEST, IMAGE = (Struct(t) for t in _tables("Manifest")
                   if t[0][0] == "offset")
SIGNATURE = Struct(_tables("Signatures")[0])
ENVELOPE = Struct(_tables("Envelopes")[0])
TABLE, ENTRY = (Struct(t) for t in _tables("Tables"))
FRAME = Struct(_tables("Frames")[0])
LIMIT = _limits()
CAUSE = {row[1]: getattr(errno, row[2].strip("`"))
         for row in _tables("Errors")[0][1:]}
MAGIC = bytes.fromhex(re.search(r"``([0-9a-f ]+)``",
                                PROLOGUE["magic"].value)[1])
MANIFEST_MAGIC = MANIFEST["magic"].value.strip("`").encode()


def _algorithms():
    """{digest: OID}, {(kind of key, digest): OID of the signature}."""
    digests, signatures = {}, {}
    for key, digest, signature in _tables("Signatures")[1][1:]:
        parts = digest.lower().split(", ")
        if parts[-1][0].isdigit():
            digests[parts[0]] = parts.pop()
        for name in parts:
            signatures[key.removeprefix("EC, "), name] = \
                re.search(r"[\d.]{9,}", signature)[0].rstrip(".")
    return digests, signatures


DIGEST_OID, SIGNATURE_OID = _algorithms()
