# SPDX-License-Identifier: GPL-2.0
"""What truths and lies are written with."""

from dataclasses import dataclass
from typing import Optional

import keys as crypto
import manual
import recipe
from cms import Signature
from recipe import Image, Recipe

CHUNK = 4096


@dataclass
class Case:
    name: str
    cause: Optional[str]            # of the manual's table; None: it installs
    recipe: Recipe

    @property
    def errno(self):
        return manual.CAUSE[self.cause] if self.cause else 0


def truth(name, made):
    return Case(f"truth.{name}", None, made)


def lie(name, cause, made, **more):
    return Case(f"lie.{name}", cause, made, **more)


def data(size, seed="image"):
    return crypto.randomness(seed, size).randbytes(size)


def one(size=2 * CHUNK + 808, **image):
    """A good deliverable with one image of three chunks."""
    return Recipe([Image(data(size), **image)])


def two(size=CHUNK + 1, **image):
    """A good deliverable with images for both targets."""
    return Recipe([Image(data(size), **image),
                   Image(data(size + 1, "second"), target="app", **image)])


def statement(**manifest):
    return Recipe([], manifest, [offline()])


def offline(signer="offline-signer", **more):
    return Signature(signer, "offline", **more)


def fields(at=None, **values):
    """Sets fields in a product, or in its element number at."""
    def edit(product):
        (product if at is None else product[at]).update(values)
    return edit


def at(index, function):
    """Replaces one element of a product, or edits it."""
    def edit(product):
        changed = function(product[index])
        if changed is not None:
            product[index] = changed
    return edit


def poke(offset, octets):
    def edit(product):
        return product[:offset] + octets + product[offset + len(octets):]
    return edit


def flip(offset, bit=0):
    def edit(product):
        offset_ = offset % len(product)
        return product[:offset_] + bytes([product[offset_] ^ 1 << bit]) + \
            product[offset_ + 1:]
    return edit


def within(key, function):
    """Replaces one value of a dictionary."""
    def edit(product):
        product[key] = function(product[key])
    return edit


def bits_of(struct):
    """(name, bytes): each reserved field with its first or last bit set."""
    for field in struct.reserved():
        for place, value in (("first", b"\1".ljust(field.length, b"\0")),
                             ("last", b"\x80".rjust(field.length, b"\0"))):
            yield f"{field.name}_{place}_bit", field.name, value


def foreign(suite=1, enc_len=64, device=None):
    """An envelope for another device."""
    randomness = crypto.randomness("foreign", suite, enc_len)
    return {"suite": suite, "enc_len": enc_len,
            "device": device or randomness.randbytes(32),
            "enc": randomness.randbytes(enc_len),
            "wrapped": randomness.randbytes(48)}


SHA3_256 = recipe.SHA3_256
AES128 = recipe.AES128
