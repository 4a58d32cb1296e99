# SPDX-License-Identifier: GPL-2.0
"""
Deliverables that are right but for one thing, each with the cause that the manual
has for it: every field of every struct, every length, every order.
"""

from lies_plain import image, manifest, prologue
from lies_sealed import compressed, envelopes, frames, keys, streams, tables
from lies_signed import cms, signature_heads, signers


def all_lies():
    for group in (prologue, manifest, image, signature_heads, cms, signers, envelopes, tables, frames,
                  streams, compressed, keys):
        yield from group()
