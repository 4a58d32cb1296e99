# SPDX-License-Identifier: GPL-2.0
"""
Lies in what can be read: prologue, manifest, images.
"""

from lie import Lie, bits, field, flip, of, reserved, texts, values


NAMES = {
    'empty': b'', 'upper_case': b'Firmware', 'blank': b'firm ware', 'underscore': b'firm_ware',
    'dot': b'firmware.', 'slash': b'/firmware', 'traversal': b'../firmware', 'nul_first': b'\0firmware',
    'tilde': b'~', 'colon': b'a:b', 'at': b'firmware@0',
}


def prologue():
    def get(m):
        return m.prologue
    at = ('prologue', 'prologue', get)
    for i in range(8):
        yield Lie(f'prologue_magic_{i}', 'MAGIC', flip('prologue', get, 'magic', i))
    yield from values(*at, 'version', 'VERSION', 0, 2, 256, 65535)
    yield from reserved(*at)
    yield from values(*at, 'manifest_len', 'FORMAT', 0, 1, 192, 639, 641, 831, 833, 3711)
    yield from values(*at, 'manifest_len', 'LENGTH', 3713, 3904, 1 << 16, 1 << 31, (1 << 32) - 1)
    yield from values(*at, 'signatures_len', 'LENGTH', 32801, 1 << 24, 1 << 31, (1 << 32) - 1)
    yield from values(*at, 'envelopes_len', 'LENGTH', 1048577, 1 << 31, (1 << 32) - 1)
    yield from values(*at, 'tables_len', 'LENGTH', 16777217, 1 << 31, (1 << 32) - 1)
    yield from values(*at, 'frames_len', 'FORMAT', 0, 1, 15)
    yield from values(*at, 'frames_len', 'LENGTH', (1 << 48) + 1, 1 << 63, (1 << 64) - 1)
    for name, lie in (('tables_len', 1), ('tables_len', -1), ('frames_len', 1), ('frames_len', -1),
                      ('frames_len', 16), ('frames_len', -16), ('frames_len', 1 << 32)):
        def change(m, name=name, lie=lie):
            m.prologue[name] = m.prologue.number(name) + lie
        yield Lie(f'prologue_{name}_by_{lie}', 'FORMAT', of('prologue', change))

    def nothing(name):
        def change(m):
            m.prologue[name] = 0
        return of('prologue', change)
    yield Lie('prologue_no_signatures', 'UNSIGNED', nothing('signatures_len'))


def manifest():
    def get(m):
        return m.manifest
    at = ('manifest', 'manifest', get)
    for i in range(8):
        yield Lie(f'manifest_magic_{i}', 'FORMAT', flip('manifest', get, 'magic', i))
    yield from values(*at, 'version', 'VERSION', 0, 2, 256, 65535)
    yield from values(*at, 'nr_images', 'FORMAT', 0, 2, 16)
    yield from values(*at, 'nr_images', 'LENGTH', 17, 65535)
    yield from values(*at, 'nr_revoked', 'LENGTH', 9, 65535)
    yield from values(*at, 'nr_retired', 'LENGTH', 5, 65535)
    yield from values(*at, 'level', 'FORMAT', 4, 255)
    yield from values(*at, 'consent', 'FORMAT', 3, 255)
    yield from values(*at, 'digest', 'FORMAT', 0, 3, 255)
    yield from reserved(*at)
    yield from bits(*at, 'flags', 1)
    yield from bits(*at, 'handling', 4)
    yield from texts(*at, 'release')
    for i in range(8):
        yield Lie(f'manifest_unused_revoked_{i}', 'FORMAT', flip('manifest', get, 'revoked', 32 * i))
    for i in range(4):
        yield Lie(f'manifest_unused_retired_{i}', 'FORMAT',
                  flip('manifest', get, 'retired', 40 * i + 39))
    for i in range(16):
        yield Lie(f'manifest_vendor_{i}', 'VENDOR', flip('manifest', get, 'vendor_id', i, 0x80))
        yield Lie(f'manifest_class_{i}', 'CLASS', flip('manifest', get, 'class_id', i, 0x80))
    yield Lie('manifest_vendor_and_class', 'VENDOR', {'manifest': lambda m: (
        m.manifest.flip('class_id'), m.manifest.flip('vendor_id'))})
    yield from values(*at, 'sequence', 'SEQUENCE', 0, 1)
    yield Lie('manifest_sequence_as_installed', 'SEQUENCE', of('manifest', lambda m: get(m).__setitem__(
        'sequence', get(m).number('sequence') - 1)))


def image():
    def get(m):
        return m.images[0]
    at = ('image', 'manifest', get)
    yield from texts(*at, 'target')
    for what, name in NAMES.items():
        yield Lie(f'image_target_{what}', 'FORMAT', field('manifest', get, 'target', name))
    for name in ('other', 'firmwar', 'firmware2', '0', '-', 'a' * 31):
        yield Lie(f'image_target_unknown_{name[:9]}', 'TARGET', field('manifest', get, 'target', name))
    yield from texts(*at, 'version')
    yield Lie('image_version_empty', 'FORMAT', field('manifest', get, 'version', b''))
    yield from values(*at, 'size', 'FORMAT', 0)
    yield from values(*at, 'size', 'LENGTH', (1 << 48) + 1, 1 << 63, (1 << 64) - 1)
    for lie in (1, -1, 4096, -4096, 1 << 16):
        yield Lie(f'image_size_by_{lie}', 'FORMAT', of('manifest', lambda m, lie=lie: get(m).__setitem__(
            'size', get(m).number('size') + lie)))
    yield Lie('image_size_beyond_slot', 'SIZE', of('manifest', lambda m: (
        get(m).__setitem__('size', 1 << 36), get(m).__setitem__('log2_chunk', 20))))
    # Its table is beyond a limit, too; but the slot is looked at first.
    yield Lie('image_table_beyond_limit', 'SIZE', of('manifest', lambda m: (
        get(m).__setitem__('size', 1 << 36), get(m).__setitem__('log2_chunk', 12))))
    yield from values(*at, 'log2_chunk', 'FORMAT', 0, 1, 11, 21, 32, 63, 64, 255)
    yield from values(*at, 'digest', 'FORMAT', 0, 3, 255)
    yield from values(*at, 'cipher', 'FORMAT', 0, 3, 255)
    yield from values(*at, 'compression', 'FORMAT', 2, 255)
    yield from bits(*at, 'flags', 0)
    yield from reserved(*at)
    for i in range(32):
        yield Lie(f'image_root_{i}', 'TABLE', flip('manifest', get, 'root', i, 1 << i % 8))
    yield from texts(*at, 'precondition')
    yield Lie('image_precondition_other', 'PRECONDITION',
              field('manifest', get, 'precondition', 'never installed'))
    yield Lie('image_data_from_beyond_to', 'FORMAT', field('manifest', get, 'data_from', 1))
    yield Lie('image_two_of_a_target', 'FORMAT', {}, images=2)
