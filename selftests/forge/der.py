# SPDX-License-Identifier: GPL-2.0
"""DER as a tree whose nodes have names, so that a lie can find its place."""

INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 2, 3, 4, 5, 6
UTF8, PRINTABLE, UTC_TIME, GENERALIZED_TIME = 0x0c, 0x13, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
CONSTRUCTED = 0x20


def context(number, constructed=True):
    return 0x80 | (CONSTRUCTED if constructed else 0) | number


def length(n):
    """In as few octets as possible."""
    if n < 0x80:
        return bytes([n])
    octets = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def long_length(octets):
    """A length in so many octets, whether they are needed or not."""
    return lambda n: bytes([0x80 | octets]) + n.to_bytes(octets, "big")


class Node:
    def __init__(self, tag, content=b"", name=None):
        self.tag, self.content, self.name = tag, content, name
        self.length = length
        self.tail = b""             # octets behind the content

    @property
    def children(self):
        return self.content if isinstance(self.content, list) else []

    def body(self):
        if isinstance(self.content, list):
            return b"".join(child.encode() for child in self.content)
        return bytes(self.content)

    def encode(self):
        body = self.body()
        return bytes([self.tag]) + self.length(len(body)) + body + self.tail

    def walk(self, parent=None):
        yield self, parent
        for child in list(self.children):
            yield from child.walk(self)

    def find(self, name):
        return next(node for node, _ in self.walk() if node.name == name)

    def has(self, name):
        return any(node.name == name for node, _ in self.walk())

    def parent_of(self, name):
        return next(up for node, up in self.walk() if node.name == name)

    def copy(self):
        content = [child.copy() for child in self.content] \
            if isinstance(self.content, list) else self.content
        twin = Node(self.tag, content, self.name)
        twin.length, twin.tail = self.length, self.tail
        return twin


def sequence(name, *children):
    return Node(SEQUENCE, list(children), name)


def set_of(name, *children):
    return Node(SET, list(children), name)


def integer(value, name=None):
    octets = value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)
    return Node(INTEGER, octets, name)


def octets(value, name=None):
    return Node(OCTET_STRING, value, name)


def null(name=None):
    return Node(NULL, b"", name)


def oid(dotted, name=None):
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray()
    for arc in [40 * first + second, *rest]:
        group = [arc & 0x7f]
        while arc := arc >> 7:
            group.append(0x80 | arc & 0x7f)
        out += bytes(reversed(group))
    return Node(OID, bytes(out), name)


def read(data):
    """(tag, body, whole, rest): the first element of data, in DER."""
    tag, n, start = data[0], data[1], 2
    if n & 0x80:
        start += n & 0x7f
        n = int.from_bytes(data[2:start], "big")
    return tag, data[start:start + n], data[:start + n], data[start + n:]


def read_all(body):
    """[(tag, body, whole)]: all elements in body."""
    found = []
    while body:
        tag, inner, whole, body = read(body)
        found.append((tag, inner, whole))
    return found
