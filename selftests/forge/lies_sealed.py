# SPDX-License-Identifier: GPL-2.0
"""
Lies in what is encrypted, by what, and in which order it comes.
"""

import os

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import zstd
from lie import Lie, field, field_length, flip, of, reserved, spoil, values
from maker import Frame, digest, padded


def envelopes():
    def get(m):
        return m.envelopes[0][0]
    at = ('envelope', 'envelopes', get)
    yield from reserved(*at)
    for i in range(32):
        yield Lie(f'envelope_device_{i}', 'ENVELOPE', flip('envelopes', get, 'device', i, 1 << i % 8))
    for n in (0, 5, 65535):
        yield Lie(f'envelope_suite_{n}', 'UNSUPPORTED', field('envelopes', get, 'suite', n))
    yield from values(*at, 'enc_len', 'LENGTH', 1569, 65535)
    for n in (0, 63, 65):
        def resize(m, n=n):
            head, enc, wrapped = m.envelopes[0]
            head['enc_len'] = n
            m.envelopes[0] = [head, enc[:n].ljust(n, b'\0'), wrapped]
        yield Lie(f'envelope_enc_of_{n}', 'FORMAT', of('envelopes', resize))
    yield Lie('envelope_none', 'ENVELOPE', of('envelopes', lambda m: m.envelopes.clear()))
    yield Lie('envelope_only_of_another', 'ENVELOPE', of('envelopes', lambda m: m.envelopes.__setitem__(
        0, m.wrap(public=stranger()))))
    yield Lie('envelope_twice', 'FORMAT', of('envelopes', lambda m: m.envelopes.append(m.wrap())))
    yield Lie('envelope_half_a_head', 'FORMAT', of('sections', lambda m: m.sections.__setitem__(
        2, m.sections[2] + bytes(39))))
    yield Lie('envelope_cut', 'FORMAT', of('sections', lambda m: m.sections.__setitem__(
        2, m.sections[2][:-1])))
    for i in list(range(0, 48, 4)) + [47]:
        def wrapped(m, i=i):
            m.envelopes[0][2] = spoil(m.envelopes[0][2], i)
        yield Lie(f'envelope_wrapped_{i}', 'TAG', of('envelopes', wrapped))
    yield Lie('envelope_enc_not_a_point', 'TAG', of('envelopes', lambda m: m.envelopes[0].__setitem__(
        1, spoil(m.envelopes[0][1], 63))))
    yield Lie('envelope_enc_zero', 'TAG', of('envelopes', lambda m: m.envelopes[0].__setitem__(
        1, bytes(64))))
    yield Lie('envelope_enc_of_another', 'TAG', of('envelopes', lambda m: m.envelopes[0].__setitem__(
        1, m.wrap()[1])))

    def other_manifest(m):
        kept, m.manifest_digest = m.manifest_digest, bytes(32)
        m.envelopes = [m.wrap()]
        m.manifest_digest = kept
    yield Lie('envelope_for_other_manifest', 'TAG', of('envelopes', other_manifest))

    def other_cek(m):
        kept, m.cek = m.cek, os.urandom(32)
        m.envelopes = [m.wrap()]
        m.cek = kept
    yield Lie('envelope_of_other_key', 'TAG', of('envelopes', other_cek))


def stranger():
    return ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)[1:]


def tables():
    def head(m):
        return m.parts[0][0]

    def entry(i):
        return lambda m: m.parts[0][1][i]
    for f in ('reserved', 'reserved2'):
        for i in range(field_length('table', f)):
            yield Lie(f'table_{f}_{i}', 'FORMAT', flip('table', head, f, i))
    yield from values('table', 'table', head, 'nr_chunks', 'FORMAT', 0, 1, 2, 4, 1 << 31, (1 << 32) - 1)
    for bit in range(16):
        yield Lie(f'table_crc16_bit_{bit}', 'REVERIFY', flip('table', head, 'crc16', bit // 8, 1 << bit % 8))
    for i in range(3):
        for n in (0, 1, 4095, 4097, 65536, 1 << 31, (1 << 32) - 1):
            yield Lie(f'entry_{i}_stored_len_{n}', 'FORMAT', field('table', entry(i), 'stored_len', n))
        for j in range(4):
            yield Lie(f'entry_{i}_reserved_{j}', 'FORMAT', flip('table', entry(i), 'reserved', j))
        for j in (0, 15, 31):
            yield Lie(f'entry_{i}_stored_{j}', 'DIGEST', flip('table', entry(i), 'stored', j))
    yield Lie('entries_swapped', 'DIGEST', of('table', lambda m: m.parts[0][1].insert(
        0, m.parts[0][1].pop(1))))

    def sealed(change):
        return of('sections', lambda m: m.sections.__setitem__(3, change(m.sections[3])))
    for i in (0, 15, 16, 100, -17, -16, -1):
        yield Lie(f'table_ciphertext_{i}', 'TAG', sealed(lambda s, i=i: spoil(s, i)))
    yield Lie('table_zeros', 'TAG', sealed(lambda s: bytes(len(s))))
    yield Lie('table_cut', 'FORMAT', sealed(lambda s: s[:-1]))
    yield Lie('table_longer', 'FORMAT', sealed(lambda s: s + bytes(1)))
    yield Lie('table_none', 'FORMAT', sealed(lambda s: b''))
    yield Lie('table_twice', 'FORMAT', sealed(lambda s: s + s))


def frames():
    def head(i):
        return lambda m: m.frames[i].head

    def change(name, cause, do):
        return Lie(name, cause, of('frames', do))
    for i in range(3):
        for n in (0, 3, 65535):
            yield Lie(f'frame_{i}_type_{n}', 'FORMAT', field('frames', head(i), 'type', n))
        for j in range(4):
            yield Lie(f'frame_{i}_reserved_{j}', 'FORMAT', flip('frames', head(i), 'reserved', j))
        for n in (1, 15, 65535):
            yield Lie(f'frame_{i}_image_{n}', 'FORMAT', field('frames', head(i), 'image', n))
        for n in {0, 1, 2, 3, 1 << 31, (1 << 32) - 1} - {i}:
            yield Lie(f'frame_{i}_chunk_{n}', 'ORDER', field('frames', head(i), 'chunk', n))
        for n in (0, 1, 4095):
            yield Lie(f'frame_{i}_len_{n}', 'FORMAT', field('frames', head(i), 'len', n))
        for n in ((1 << 20) + 1, 1 << 31, (1 << 32) - 1):
            yield Lie(f'frame_{i}_len_{n}', 'LENGTH', field('frames', head(i), 'len', n))
        for what, sealed in (('first', 16), ('tag', -1)):
            def on(m, i=i, sealed=sealed):
                whole = m.seal_frame(m.frames[i])
                m.frames[i].sealed = spoil(whole, sealed)[16:]
            yield change(f'frame_{i}_{what}_byte', 'TAG', on)

        def nonce(m, i=i):
            m.frames[i].index += 1
        yield change(f'frame_{i}_other_nonce', 'TAG', nonce)

        def aad(m, i=i):
            m.frames[i].aad = b'a'
        yield change(f'frame_{i}_associated_data', 'TAG', aad)

        def content(m, i=i):
            m.frames[i].plain = spoil(m.frames[i].plain, 5)
        yield change(f'frame_{i}_other_content', 'DIGEST', content)
    yield change('frames_swapped', 'ORDER', lambda m: m.frames.insert(0, m.frames.pop(1)))
    yield change('frames_last_first', 'ORDER', lambda m: m.frames.insert(0, m.frames.pop(2)))
    yield change('frames_first_twice', 'ORDER', lambda m: m.frames.__setitem__(1, m.frames[0]))
    yield change('end_first', 'EXTRA', lambda m: m.frames.insert(0, m.frames.pop()))
    yield change('end_before_the_last', 'EXTRA', lambda m: m.frames.insert(2, m.frames.pop()))
    for name in ('image', 'chunk', 'len', 'reserved'):
        yield Lie(f'end_{name}', 'FORMAT', field('frames', head(-1), name, 1))
    yield Lie('end_type', 'FORMAT', field('frames', head(-1), 'type', 3))

    def data_for_end(m):
        m.frames[-1] = Frame(1, 0, 3)
    yield change('end_is_data', 'FORMAT', data_for_end)


def streams():
    def on(change):
        return of('stream', lambda m: setattr(m, 'stream', change(m)))
    yield Lie('stream_one_byte_more', 'EXTRA', on(lambda m: m.stream + bytes(1)))
    yield Lie('stream_twice', 'EXTRA', on(lambda m: m.stream * 2))
    yield Lie('stream_end_twice', 'EXTRA', on(lambda m: m.stream + m.stream[-16:]))
    at = 64
    for n, name in enumerate(('manifest', 'signatures', 'envelopes', 'tables', 'frames')):
        def cut(m, n=n):
            start = 64 + sum(len(s) for s in m.sections[:n])
            return m.stream[:start + len(m.sections[n]) // 2]
        yield Lie(f'stream_cut_in_{name}', 'INTERRUPTED', on(cut))
    for n in (1, 7, 8, 63, at):
        yield Lie(f'stream_cut_at_{n}', 'INTERRUPTED', on(lambda m, n=n: m.stream[:n]))
    yield Lie('stream_last_byte_missing', 'INTERRUPTED', on(lambda m: m.stream[:-1]))
    yield Lie('stream_end_missing', 'INTERRUPTED', on(lambda m: m.stream[:-16]))
    yield Lie('stream_shifted', 'MAGIC', on(lambda m: m.stream[1:]))
    yield Lie('stream_zeros', 'MAGIC', on(lambda m: bytes(4096)))
    yield Lie('stream_text', 'MAGIC', on(lambda m: b'KOTA\n' * 100))
    yield Lie('stream_without_prologue', 'MAGIC', on(lambda m: m.stream[64:]))

    def swap(i, j):
        def change(m):
            m.sections[i], m.sections[j] = m.sections[j], m.sections[i]
        return of('sections', change)
    yield Lie('sections_manifest_after_signatures', 'FORMAT', swap(0, 1))
    yield Lie('sections_signatures_after_envelopes', 'FORMAT', swap(1, 2))
    yield Lie('sections_frames_before_tables', 'FORMAT', swap(3, 4))


def compressed():
    """An image that says to be compressed, and the second of its chunks."""
    def begin(m):
        m.images[0]['compression'] = 1

    def lie(name, cause, make):
        def stored(m):
            data = m.chunks(0)[1]
            m.stored[0][1] = make(data)
        return Lie(f'zstd_{name}', cause, {'begin': begin, 'stored': stored})
    frame, block = zstd.frame, zstd.block
    yield lie('not_a_frame', 'UNPACK', lambda d: d)
    yield lie('magic', 'UNPACK', lambda d: spoil(frame(d), 0))
    yield lie('old_magic', 'UNPACK', lambda d: b'\x27' + frame(d)[1:])
    yield lie('skippable_before', 'UNPACK', lambda d: bytes.fromhex('502a4d1800000000') + frame(d))
    yield lie('skippable_after', 'UNPACK', lambda d: frame(d) + bytes.fromhex('502a4d1800000000'))
    yield lie('skippable_instead', 'UNPACK', lambda d: bytes.fromhex('502a4d1804000000') + bytes(4))
    yield lie('two_frames', 'UNPACK', lambda d: frame(d[:2000]) + frame(d[2000:]))
    yield lie('byte_after', 'UNPACK', lambda d: frame(d) + bytes(1))
    yield lie('byte_missing', 'UNPACK', lambda d: frame(d)[:-1])
    yield lie('only_magic', 'UNPACK', lambda d: zstd.MAGIC)
    yield lie('only_header', 'UNPACK', lambda d: zstd.header(len(d)))
    yield lie('one_byte', 'UNPACK', lambda d: b'\x28')
    yield lie('several_segments', 'UNPACK', lambda d: frame(d, single=False, window=b'\x10', code=1))
    yield lie('no_content_size', 'UNPACK', lambda d: frame(d, single=False, window=b'\x10', code=0))
    yield lie('dictionary', 'UNPACK', lambda d: frame(d, flags=1, dictionary=b'\x07'))
    yield lie('dictionary_0', 'UNPACK', lambda d: frame(d, flags=2, dictionary=bytes(2)))
    yield lie('checksum', 'UNPACK', lambda d: frame(d, flags=4) + bytes(4))
    yield lie('reserved_bit', 'UNPACK', lambda d: frame(d, flags=8))
    for by in (-4096, -1, 1, 4096, 1 << 20, 1 << 31, 1 << 40):
        yield lie(f'content_size_by_{by}', 'UNPACK',
                  lambda d, by=by: zstd.header(len(d) + by, code=3) + block(zstd.RAW, d))
    yield lie('shorter', 'UNPACK', lambda d: frame(d[:-1]))
    yield lie('longer', 'UNPACK', lambda d: frame(d + b'k'))
    yield lie('bomb', 'UNPACK', lambda d: zstd.header(1 << 17) + block(zstd.RLE, b'k', 1 << 17))
    yield lie('bomb_that_says_less', 'UNPACK',
              lambda d: zstd.header(len(d)) + block(zstd.RLE, b'k', 1 << 17))
    yield lie('block_reserved', 'UNPACK', lambda d: zstd.header(len(d)) + block(zstd.RESERVED, d))
    yield lie('block_not_last', 'UNPACK', lambda d: zstd.header(len(d)) + block(zstd.RAW, d, last=False))
    yield lie('block_too_long', 'UNPACK', lambda d: zstd.header(len(d)) + block(zstd.RAW, d, 1 << 20))
    yield lie('block_compressed_of_noise', 'UNPACK',
              lambda d: zstd.header(len(d)) + block(zstd.COMPRESSED, d))
    yield lie('other_content', 'DIGEST', lambda d: frame(spoil(d, 7)))
    yield lie('one_byte_repeated', 'DIGEST', lambda d: zstd.header(len(d)) + block(
        zstd.RLE, b'k', len(d)))

    def entry(name, value):
        def table(m):
            m.parts[0][1][1][name] = value
        return {'begin': begin, 'table': table}
    for n in (0, 4096 + 65, 8192, (1 << 32) - 1):
        yield Lie(f'zstd_stored_len_{n}', 'FORMAT', entry('stored_len', n))
    yield Lie('zstd_stored_digest', 'DIGEST', entry('stored', bytes(32)))
    yield Lie('zstd_final_digest', 'DIGEST', entry('final', bytes(32)))

    def without_final(m):
        for e in m.parts[0][1]:
            del e.bytes[40:]
    yield Lie('zstd_without_final', 'FORMAT', {'begin': begin, 'table': without_final})


def keys():
    """Things encrypted and derived otherwise than the manual says."""
    def label(good, bad):
        def change(m):
            key = m.key
            m.key = lambda name, i: key(bad if name == good else name, i)
        return of('begin', change)
    yield Lie('key_label_of_table', 'TAG', label('kota table', 'kota frames'))
    yield Lie('key_label_of_frames', 'TAG', label('kota frames', 'kota table'))
    yield Lie('key_label_unknown', 'TAG', label('kota table', 'kota tables'))

    def index(m):
        key = m.key
        m.key = lambda name, i: key(name, i, 1)
    yield Lie('key_of_image_1', 'TAG', of('begin', index))
    yield Lie('key_salt_of_zeros', 'TAG', of('section', lambda m: setattr(m, 'salt', bytes(32))))

    def domain(m):
        m.images[0]['root'] = digest(1, padded('kota table v2') + m.tables[0])
    yield Lie('root_of_other_domain', 'TABLE', of('manifest', domain))

    def bare(m):
        m.images[0]['root'] = digest(1, m.tables[0])
    yield Lie('root_without_domain', 'TABLE', of('manifest', bare))

    def by_sha3(m):
        m.images[0]['root'] = digest(2, padded('kota table v1') + m.tables[0])
    yield Lie('root_by_other_digest', 'TABLE', of('manifest', by_sha3))
