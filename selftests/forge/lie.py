# SPDX-License-Identifier: GPL-2.0
"""
A lie: what is done to a deliverable on its way, and the cause that the manual has for
it. And the lies that all structs have in common.
"""

from manual import MANUAL


class Lie:
    def __init__(self, name, cause, hooks, images=None):
        self.name, self.cause, self.hooks, self.images = name, cause, hooks, images


def of(step, change):
    """Hooks that change something after one step."""
    return {step: change}


def field(step, get, name, value):
    def change(m):
        get(m)[name] = value
    return of(step, change)


def flip(step, get, name, offset=0, mask=1):
    return of(step, lambda m: get(m).flip(name, offset, mask))


def spoil(data, offset, mask=1):
    out = bytearray(data)
    out[offset] ^= mask
    return bytes(out)


def field_length(struct, name):
    return MANUAL.field(struct, name).length


def reserved(struct, step, get, cause='FORMAT'):
    """Each reserved byte, one after the other."""
    for f in MANUAL.structs[struct]:
        if f.name.startswith('reserved'):
            for i in range(f.length):
                yield Lie(f'{struct}_{f.name}_{i}', cause, flip(step, get, f.name, i, 1 << i % 8))


def bits(struct, step, get, name, known, cause='FORMAT'):
    """Each bit of a field of flags that has no meaning."""
    for bit in range(known, 8 * field_length(struct, name)):
        yield Lie(f'{struct}_{name}_bit_{bit}', cause,
                  flip(step, get, name, bit // 8, 1 << bit % 8))


def values(struct, step, get, name, cause, *numbers):
    for n in numbers:
        yield Lie(f'{struct}_{name}_{n}', cause, field(step, get, name, n))


TEXTS = {
    'no_nul': lambda n: b'a' * n,
    'after_nul': lambda n: b'a\0b'.ljust(n, b'\0'),
    'after_nul_at_the_end': lambda n: b'a'.ljust(n - 1, b'\0') + b'b',
    'control': lambda n: b'a\x1fb',
    'newline': lambda n: b'a\n',
    'delete': lambda n: b'a\x7f',
    'high': lambda n: b'a\x80',
    'all_ones': lambda n: b'\xff' * (n - 1),
}


def texts(struct, step, get, name):
    n = field_length(struct, name)
    for what, make in TEXTS.items():
        yield Lie(f'{struct}_{name}_{what}', 'FORMAT', field(step, get, name, make(n)))
