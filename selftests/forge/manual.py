# SPDX-License-Identifier: GPL-2.0
"""
What uapi/kota.rst says, read from its text: the structs, the limits, the errno
of each cause. So a forgery is made of what the manual says and of nothing else.
"""

import errno
import os
import re

PATH = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                    '..', '..', 'uapi', 'kota.rst')

# The structs of the section "The deliverable", in the order of their tables.
STRUCTS = ['prologue', 'manifest', 'image', 'signature', 'envelope', 'table',
           'entry', 'frame']


class Field:
    """One row of a struct's table; its length is None where it is not fixed."""

    def __init__(self, name, offset, length):
        self.name, self.offset, self.length = name, offset, length


class Manual:
    def __init__(self, path=PATH):
        with open(path) as f:
            self.lines = f.read().split('\n')
        self.structs = dict(zip(STRUCTS, self.struct_tables()))
        self.errnos = self.causes()
        if len(self.structs) != len(STRUCTS) or len(self.errnos) < 32:
            raise SystemExit('forge: the manual has other tables than expected')

    def section(self, title):
        """Lines of a section that is underlined with "="."""
        start = next(i for i, text in enumerate(self.lines[:-1])
                     if text == title and self.lines[i + 1].startswith('==='))
        for i in range(start + 2, len(self.lines) - 1):
            if re.fullmatch(r'={4,}', self.lines[i + 1]) and self.lines[i]:
                return self.lines[start:i]
        return self.lines[start:]

    def struct_tables(self):
        """Yields the fields of each table that has offsets and lengths."""
        fields = None
        for text in self.section('The deliverable'):
            if re.match(r'offset +length +field', text):
                fields, seen = [], {}
            elif fields is not None and not text.strip():
                yield fields
                fields = None
            elif fields is not None:
                m = re.match(r'(\d+) +(\w+) +(\w+)(?: |$)', text)
                if not m:
                    continue
                name = m[3]
                nr = seen[name] = seen.get(name, 0) + 1
                fields.append(Field(name if nr == 1 else f'{name}{nr}', int(m[1]),
                                    int(m[2]) if m[2].isdigit() else None))

    def causes(self):
        """Maps the name of a cause to the errno of its row."""
        found = {}
        for text in self.section('Errors'):
            m = re.match(r'\d+ +([A-Z_]+) +``(E\w+)``', text)
            if m:
                found[m[1]] = getattr(errno, m[2])
        return found

    def size(self, struct):
        """Bytes of the fields of fixed length."""
        return max(f.offset + f.length for f in self.structs[struct]
                   if f.length is not None)

    def field(self, struct, name):
        return next(f for f in self.structs[struct] if f.name == name)


MANUAL = Manual()


class Struct:
    """Bytes of one struct, whose fields are set by name and hold any value."""

    def __init__(self, kind, **values):
        self.kind = kind
        self.bytes = bytearray(MANUAL.size(kind))
        for name, value in values.items():
            self[name] = value

    def __setitem__(self, name, value):
        f = MANUAL.field(self.kind, name)
        if isinstance(value, int):
            value = value.to_bytes(f.length, 'little')
        elif isinstance(value, str):
            value = value.encode()
        if len(value) > f.length:
            raise ValueError(f'{self.kind}.{name}')
        self.bytes[f.offset:f.offset + f.length] = value.ljust(f.length, b'\0')

    def __getitem__(self, name):
        f = MANUAL.field(self.kind, name)
        return bytes(self.bytes[f.offset:f.offset + f.length])

    def number(self, name):
        return int.from_bytes(self[name], 'little')

    def flip(self, name, offset=0, mask=1):
        """Changes one byte of a field."""
        self.bytes[MANUAL.field(self.kind, name).offset + offset] ^= mask
