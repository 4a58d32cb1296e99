# SPDX-License-Identifier: GPL-2.0
"""
Lies in what is signed, how, and by whom.
"""

from cms import (CONTENT_TYPE, DATA, ECDSA, MESSAGE_DIGEST, SHA256, SHA3, SHA384, SHA512,
                 SIGNED_DATA, SIGNING_TIME, SMIME_CAPS, attribute, integer, octets, oid, seq,
                 set_of, tlv)
from lie import Lie, of, reserved, values


def signature_heads():
    def get(m):
        return m.signatures[0][0]
    at = ('signature', 'signatures', get)
    yield from values(*at, 'ring', 'UNSUPPORTED', 0, 3, 255)
    yield from reserved(*at)
    yield from values(*at, 'len', 'LENGTH', 8193, 1 << 31, (1 << 32) - 1)

    def length(by):
        def change(m):
            head, cms = m.signatures[0]
            der = cms.der()             # once: each signature has a length of its own
            head['len'] = len(der) + by
            m.signatures[0] = (head, der)
        return of('signatures', change)
    # What follows is too short for a head, or for the length in it.
    yield Lie('signature_len_by_1', 'FORMAT', length(1))
    yield Lie('signature_len_by_-1', 'FORMAT', length(-1))

    def cut(m):
        head, cms = m.signatures[0]
        m.signatures = [(head, b'')]
    yield Lie('signature_len_0', 'FORMAT', of('signatures', cut))
    yield Lie('signature_half_a_head', 'FORMAT', of('sections', lambda m: m.sections.__setitem__(
        1, m.sections[1] + bytes(4))))
    yield Lie('signature_five', 'LENGTH', of('signatures', lambda m: m.signatures.extend(
        m.sign() for _ in range(4))))
    yield Lie('signature_none', 'UNSIGNED', of('signatures', lambda m: m.signatures.clear()))
    yield Lie('signature_second_is_wrong', 'SIGNATURE', of('signatures', second_is_wrong))


def second_is_wrong(m):
    head, cms = m.sign()
    cms.signature = seq(integer(1), integer(1))
    m.signatures.append((head, cms))


def cms_lies():
    """name, cause, what is done to the pieces"""
    def put(name, value):
        return lambda c: setattr(c, name, value)

    def attributes(*rows):
        return lambda c: setattr(c, 'attributes', list(rows))

    def add(row):
        return lambda c: c.attributes.append(row)

    def numbers(r, s):
        return put('signature', seq(integer(r), integer(s)))

    null = bytes([5, 0])
    type_data = attribute(CONTENT_TYPE, oid(DATA))

    def message_digest(c):
        return attribute(MESSAGE_DIGEST, octets(c.hash(c.content)))

    yield 'type_is_data', 'CMS', put('content_info_type', oid(DATA))
    yield 'type_unknown', 'CMS', put('content_info_type', oid('1.2.3'))
    for n in (0, 2, 4, 5, 255, 257):
        yield f'version_{n}', 'CMS', put('version', integer(n))
        yield f'info_version_{n}', 'CMS', put('info_version', integer(n))
    yield 'versions_differ', 'CMS', put('version', integer(3))
    yield 'version_by_sid', 'CMS', lambda c: (put('version', integer(3))(c),
                                             put('info_version', integer(3))(c))
    yield 'version_padded', 'CMS', put('version', bytes([2, 2, 0, 1]))
    yield 'version_empty', 'CMS', put('version', bytes([2, 0]))
    yield 'no_digest_algorithm', 'CMS', put('algorithms', tlv(0x31))
    yield 'two_digest_algorithms', 'CMS', put('algorithms', set_of(seq(oid(SHA256)), seq(oid(SHA3))))
    yield 'digest_algorithms_differ', 'CMS', put('algorithm', seq(oid(SHA3)))
    yield 'digest_algorithm_sha1', 'CMS', lambda c: (
        put('algorithm', seq(oid('1.3.14.3.2.26')))(c),
        put('info_algorithm', seq(oid('1.3.14.3.2.26')))(c))
    yield 'digest_algorithm_with_octets', 'CMS', lambda c: (
        put('algorithm', seq(oid(SHA256), octets(b'')))(c),
        put('info_algorithm', seq(oid(SHA256), octets(b'')))(c))
    yield 'null_in_one_place', 'CMS', put('algorithm', seq(oid(SHA256), null))
    yield 'attached', 'CMS', lambda c: put('encapsulated', seq(oid(DATA), tlv(0xa0, octets(c.content))))(c)
    yield 'content_is_signed_data', 'CMS', put('encapsulated', seq(oid(SIGNED_DATA)))
    yield 'certificates', 'CMS', put('certificates', tlv(0xa0, seq()))
    yield 'certificates_empty', 'CMS', put('certificates', tlv(0xa0))
    yield 'revocation_lists', 'CMS', put('certificates', tlv(0xa1))
    yield 'no_signer_info', 'CMS', put('infos', 0)
    yield 'two_signer_infos', 'CMS', put('infos', 2)
    yield 'after_signer_infos', 'CMS', put('after_info', null)
    yield 'after_the_end', 'CMS', put('after', bytes(1))
    yield 'sid_empty', 'CMS', put('sid', seq())
    yield 'sid_without_serial', 'CMS', put('sid', seq(seq()))
    yield 'sid_of_nobody', 'SIGNER', put('sid', seq(seq(), integer(1)))
    yield 'sid_key_of_nobody', 'SIGNER', lambda c: (
        put('sid', tlv(0x80, bytes(20)))(c), put('version', integer(3))(c),
        put('info_version', integer(3))(c))
    yield 'sid_tag', 'CMS', put('sid', tlv(0x81, bytes(20)))
    yield 'no_attributes', 'CMS', lambda c: setattr(c, 'attributes', [])
    yield 'attributes_not_tagged', 'CMS', put('attributes_tag', 0x31)
    yield 'no_content_type', 'CMS', lambda c: attributes(message_digest(c))(c)
    yield 'no_message_digest', 'CMS', attributes(type_data)
    yield 'content_type_twice', 'CMS', add(type_data)
    yield 'message_digest_twice', 'CMS', lambda c: add(message_digest(c))(c)
    yield 'content_type_other', 'CMS', lambda c: attributes(
        attribute(CONTENT_TYPE, oid(SIGNED_DATA)), message_digest(c))(c)
    yield 'signing_time_twice', 'CMS', lambda c: c.attributes.extend(
        [attribute(SIGNING_TIME, tlv(23, b'260101000000Z'))] * 2)
    yield 'smime_capabilities', 'CMS', add(attribute(SMIME_CAPS, seq()))
    yield 'attribute_unknown', 'CMS', add(attribute('1.2.3', null))
    yield 'message_digest_of_other', 'SIGNATURE', lambda c: attributes(
        type_data, attribute(MESSAGE_DIGEST, octets(c.hash(b'other'))))(c)
    yield 'signature_algorithm_with_null', 'CMS', put('signature_algorithm', seq(oid(ECDSA[SHA256]), null))
    yield 'signature_algorithm_of_sha3', 'CMS', put('signature_algorithm', seq(oid(ECDSA[SHA3])))
    yield 'signature_algorithm_unknown', 'CMS', put('signature_algorithm', seq(oid('1.2.3')))
    yield 'unsigned_attributes', 'CMS', put('unsigned', tlv(0xa1, attribute('1.2.3', null)))
    yield 'r_0', 'CMS', numbers(0, 1)
    yield 's_0', 'CMS', numbers(1, 0)
    yield 'r_negative', 'CMS', numbers(-1, 1)
    yield 's_negative', 'CMS', numbers(1, -1)
    yield 'r_of_34_octets', 'CMS', numbers(1 << 264, 1)
    yield 's_of_34_octets', 'CMS', numbers(1, 1 << 264)
    yield 'r_padded', 'CMS', put('signature', seq(bytes([2, 2, 0, 1]), integer(1)))
    yield 'only_r', 'CMS', put('signature', seq(integer(1)))
    yield 'three_numbers', 'CMS', put('signature', seq(integer(1), integer(1), integer(1)))
    yield 'signature_empty', 'CMS', put('signature', b'')
    yield 'signature_of_1_and_1', 'SIGNATURE', numbers(1, 1)
    yield 'signature_swapped', 'SIGNATURE', lambda c: numbers(*reversed(c.signed()))(c)
    yield 'signature_r_plus_1', 'SIGNATURE', lambda c: numbers(c.signed()[0] + 1, c.signed()[1])(c)


def cms():
    for name, cause, change in cms_lies():
        yield Lie(f'cms_{name}', cause, of('signatures', lambda m, change=change: change(m.signatures[0][1])))

    def raw(change):
        def on(m):
            head, c = m.signatures[0]
            m.signatures[0] = (head, change(c.der()))
        return of('signatures', on)
    yield Lie('cms_truncated', 'CMS', raw(lambda der: der[:-1]))
    yield Lie('cms_indefinite_length', 'CMS', raw(lambda der: b'\x30\x80' + der[4:] + bytes(2)))
    yield Lie('cms_long_form_of_a_length', 'CMS', raw(
        lambda der: b'\x30\x83\0' + der[2:]))
    yield Lie('cms_not_a_sequence', 'CMS', raw(lambda der: b'\x31' + der[1:]))
    yield Lie('cms_zeros', 'CMS', raw(lambda der: bytes(len(der))))
    yield Lie('cms_one_byte', 'CMS', raw(lambda der: der[:1]))
    yield Lie('cms_random', 'CMS', raw(lambda der: b'\xa5' * len(der)))


def signers():
    """Who may sign, and who may say what."""
    def signed(*rows):
        return of('signatures', lambda m: setattr(m, 'signatures', [m.sign(*row) for row in rows]))

    def says(name, cause, change, *rows, images=None):
        def lie(m):
            change(m.manifest)
        return Lie(name, cause, {'manifest': lie, **signed(*rows)}, images=images)

    def revoke(key_id):
        def change(manifest):
            manifest['nr_revoked'] = 1
            manifest['revoked'] = key_id
        return change

    def retire(key_id, last):
        def change(manifest):
            manifest['nr_retired'] = 1
            manifest['retired'] = key_id + last.to_bytes(8, 'little')
        return change

    def minimum(manifest):
        manifest['min_sequence'] = 1
    good, other, offline = ('signer',), ('signer2',), ('offline-signer', 2)
    somebody = bytes(range(32))
    for name, cause in (('stranger-signer', 'SIGNER'), ('leaf-issued', 'SIGNER'),
                        ('release-anchor', 'SIGNER'), ('stranger', 'SIGNER'),
                        ('offline-signer', 'SIGNER')):
        yield Lie(f'signer_{name}', cause, signed((name,)))
        yield Lie(f'signer_{name}_behind_a_good_one', cause, signed(good, (name,)))
    yield Lie('signer_in_the_other_ring', 'SIGNER', signed(('signer', 2)))
    for digest in (SHA384, SHA512):
        yield Lie(f'signer_p256_with_{digest}', 'SIGNER_USE', signed_by_digest(digest))
    yield Lie('signer_rsa_2048', 'SIGNER_USE', signed(('signer-rsa2048',)))
    yield Lie('signer_twice', 'QUORUM', signed(good, good))
    yield Lie('signer_twice_of_three', 'QUORUM', signed(good, other, good))
    yield Lie('signer_offline_alone', 'QUORUM', signed(offline))
    for what, change in (('revokes', revoke(somebody)), ('retires', retire(somebody, 1)),
                         ('sets_a_minimum', minimum)):
        yield says(f'role_{what}', 'ROLE', change, good)
        yield says(f'role_{what}_by_two', 'ROLE', change, good, other)
        yield says(f'role_statement_{what}', 'ROLE', change, good, images=0)
    yield says('statement_by_a_release_signer', 'ROLE', lambda manifest: None, good, images=0)
    yield says('statement_unsigned', 'UNSIGNED', lambda manifest: None, images=0)

    def own_id(m, name):
        return m.keys[name].key_id()

    def of_its_own(name, cause, change, *rows, images=None):
        return Lie(name, cause, {'manifest': lambda m: change(m)(m.manifest), **signed(*rows)},
                   images=images)
    yield of_its_own('revokes_its_own_signer', 'REVOKED', lambda m: revoke(own_id(m, 'signer')),
                     good, offline)
    yield of_its_own('revokes_its_own_offline_signer', 'REVOKED',
                     lambda m: revoke(own_id(m, 'offline-signer')), offline, images=0)
    yield of_its_own('retires_its_own_signer', 'RETIRED', lambda m: retire(own_id(m, 'signer'), 1),
                     good, offline)

    def envelope(m):
        m.envelopes = [m.wrap()]
    yield Lie('statement_with_an_envelope', 'FORMAT', {'envelopes': envelope, **signed(offline)},
              images=0)


def signed_by_digest(oid_of_digest):
    def change(m):
        m.signatures = [m.sign(digest=oid_of_digest)]
    return of('signatures', change)
