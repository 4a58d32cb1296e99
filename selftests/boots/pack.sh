# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: where=host configs=release timeout=120
# tests: pack.* describe.* statement.* inspect.* usage.*
#
# What the helper makes and shows where software is released. No guest: it runs on
# the machine that builds.

# shellcheck source=selftests/tap.sh
. "$STAGE/tests/tap.sh"

# ---- what was packed, as inspect tells it

# says FILE MEMBER VALUE...: a member of that name has this value, for each pair;
# the values of members that come often are joined by blanks
says()
{
	local file=$1 found
	shift
	kota inspect --json "$file" >inspected || return
	while [ $# -gt 1 ]; do
		found=$(python3 -c 'import json, sys
def walk(x, name):
    if isinstance(x, dict):
        for k, v in x.items():
            if k == name:
                yield " ".join(map(str, v)) if isinstance(v, list) else str(v)
            yield from walk(v, name)
    elif isinstance(x, list):
        for v in x:
            yield from walk(v, name)
print(" ".join(walk(json.load(open("inspected")), sys.argv[1])))' "$1") || return
		[ "$found" = "$2" ] || { echo "$1: expected '$2', found '$found'"; return 1; }
		shift 2
	done
}

# packed OPTION...: the usual deliverable with these options besides
packed()
{
	kota pack --image image --target firmware --image-version 1.0 --sequence 7 \
		--vendor $VENDOR --class $CLASS --release "Example 1" -o out "$@"
}

# stated OPTION...: the same for a statement
stated()
{
	kota pack --statement --sequence 8 --vendor $VENDOR --class $CLASS \
		--release "Example 1" -o out "$@"
}

all_options()
{
	packed --update 01234567-89ab-4cde-8f01-23456789abcd --level upgraded \
		--consent notify --manifest-digest sha3-256 --handling erase-slot \
		--handling no-resume --handling reboot-now --handling external-power \
		--min-sequence 5 --revoke "$(printf 'ab%.0s' {1..32})" \
		--retire "$(printf 'cd%.0s' {1..32}):6" --cipher aes-256-gcm \
		--digest sha3-256 --chunk 4K --compress zstd:1 --precondition 0.9 || return
	says out update 01234567-89ab-4cde-8f01-23456789abcd level upgraded \
		consent notify digest_by "sha3-256 sha3-256" \
		handling "erase-slot no-resume reboot-now external-power" \
		min_sequence 5 revoked "$(printf 'ab%.0s' {1..32})" \
		key_id "$(printf 'cd%.0s' {1..32})" last_sequence 6 \
		cipher aes-256-gcm chunk_len 4096 compression zstd precondition 0.9 \
		target firmware version 1.0 sequence 7 release "Example 1" \
		vendor $VENDOR class $CLASS size 300000 recovery False
}

usual_values()
{
	packed && says out level basic consent none digest_by "sha256 sha256" handling "" \
		min_sequence 0 revoked "" retired "" cipher aes-256-gcm chunk_len 65536 \
		compression none precondition "" stored 300000
}

made_at()
{
	SOURCE_DATE_EPOCH=1234567890 packed && says out made 1234567890
}

into_directory()
{
	mkdir -p dir && packed -o dir && says dir/update.kota sequence 7 &&
		[ "$(stat -c %a dir/update.kota.cek)" = 600 ] &&
		[ "$(stat -c %s dir/update.kota.cek dir/update.kota.manifest | xargs)" = "32 832" ]
}

# key_id NAME: of a key on P-256, as OpenSSL finds it
key_id()
{
	openssl pkey -pubin -outform DER -in <(openssl x509 -in "$PKI/$1.pem" \
		-noout -pubkey) | tail -c 65 | sha256sum | cut -d' ' -f1
}

# The key id of a certificate is that which OpenSSL finds.
key_id_of_certificate()
{
	local id
	id=$(key_id signer)
	stated --revoke "$PKI/signer.pem" && says out revoked "$id" &&
		stated --revoke "$PKI/signer.der" && says out revoked "$id" &&
		stated --retire "$PKI/signer.pem:18446744073709551615" &&
		says out key_id "$id" last_sequence 18446744073709551615
}

# refused WORDS COMMAND...: wrong usage, said in these words; nothing is written
refused()
{
	local words=$1 out status
	shift
	rm -f out
	out=$("$@" 2>&1)
	status=$?
	echo "$out"
	[ $status = 2 ] && [ ! -e out ] && [[ $out = *"$words"* ]]
}

# One of each option with a value that it can't have.
each_option_wrong()
{
	refused "--target Firmware: a name has" packed --target Firmware &&
		refused "--target x/y: a name has" packed --target x/y &&
		refused "--image-version: 1 to 31 characters" packed --image-version "" &&
		refused "--sequence 0: a number from 1 on" packed --sequence 0 &&
		refused "--sequence -1: a number" packed --sequence=-1 &&
		refused "--min-sequence x: a number" packed --min-sequence x &&
		refused "--vendor x: not a UUID" packed --vendor x &&
		refused "--class x: not a UUID" packed --class x &&
		refused "--update x: not a UUID" packed --update x &&
		refused "--release: 1 to 63 characters" packed --release "$(printf 'x%.0s' {1..64})" &&
		refused "--level high: not known; it is one of: basic" packed --level high &&
		refused "level enhanced: this version" packed --level enhanced &&
		refused "--consent x: not known" packed --consent x &&
		refused "consent required: this version" packed --consent required &&
		refused "--manifest-digest md5: not known" packed --manifest-digest md5 &&
		refused "--digest md5: not known" packed --digest md5 &&
		refused "--cipher rot13: not known" packed --cipher rot13 &&
		refused "aes-128-gcm is below level upgraded" packed --level upgraded \
			--cipher aes-128-gcm &&
		refused "--chunk 5K: 4K, 8K" packed --chunk 5K &&
		refused "--chunk 2M: 4K, 8K" packed --chunk 2M &&
		refused "--compress lz4: not known" packed --compress lz4 &&
		refused "--compress zstd:0: the level" packed --compress zstd:0 &&
		refused "--compress zstd:23: the level" packed --compress zstd:23 &&
		refused "--compress zstdx: not known" packed --compress zstdx &&
		refused "--precondition: 1 to 31" packed --precondition $'\t' &&
		refused "--handling fast: not known; it is one of: erase-slot" packed --handling fast &&
		refused "--revoke nobody: neither a certificate" packed --revoke nobody &&
		refused "--retire $PKI/signer.pem: SIGNER:N" packed --retire "$PKI/signer.pem" &&
		refused "found 'soon'" packed --retire "$PKI/signer.pem:soon" &&
		refused "--retire nobody: neither" packed --retire nobody:3 &&
		refused "this key was named before" packed --revoke "$PKI/signer.pem" \
			--retire "$PKI/signer.der:4" &&
		refused "recovery is a statement" packed --recovery &&
		refused "SOURCE_DATE_EPOCH=x" env SOURCE_DATE_EPOCH=x kota pack --image image \
			--target a --image-version 1 --sequence 1 --vendor $VENDOR --class $CLASS \
			--release x -o out
}

lists_full()
{
	local i revoke=() retire=()
	for i in {1..8}; do
		revoke+=(--revoke "$(printf '%064x' "$i")")
	done
	for i in {11..14}; do
		retire+=(--retire "$(printf '%064x' "$i"):$i")
	done
	stated "${revoke[@]}" "${retire[@]}" &&
		refused "revokes at most 8 keys" stated "${revoke[@]}" --revoke "$(printf '%064x' 9)" &&
		refused "retires at most 4 keys" stated "${retire[@]}" --retire "$(printf '%064x' 9):1"
}

each_option_missing()
{
	local i given=(--image image --target firmware --image-version 1.0 --sequence 7
		--vendor "$VENDOR" --class "$CLASS" --release x --output out)
	for ((i = 0; i < ${#given[@]}; i += 2)); do
		refused "${given[i]}" kota pack "${given[@]:0:i}" "${given[@]:i+2}" || return
	done
	refused "pack takes options only" packed more
}

image_trouble()
{
	: >empty
	fails_with "empty; there is nothing" packed --image empty &&
		fails_with "cannot be read" packed --image none &&
		fails_with "not a regular file" packed --image /dev/null &&
		truncate -s 2G huge &&
		fails_with "larger chunks" packed --image huge --chunk 4K
}

# Several that fit alone have too large tables together.
tables_too_large()
{
	truncate -s 1G huge && : >many.cfg && {
		head_of_description
		echo 'images = ('
		for i in 1 2; do
			echo "{ file = \"huge\"; target = \"t$i\"; version = \"1\"; chunk = \"4K\"; },"
		done | sed '$s/,$//'
		echo ');'
	} >many.cfg && fails_with "the images' tables have" kota pack --description many.cfg -o out
}

# ---- what is written, and what is not

# Neither what is no file is replaced, nor a link, nor the permissions.
replaces_files_only()
{
	rm -rf out* fifo nowhere && mkfifo fifo && ln -s none nowhere &&
		fails_with "not a regular file" packed -o fifo && [ -p fifo ] &&
		fails_with "nowhere: cannot be written" packed -o nowhere && [ -L nowhere ] || return
	packed -o real && ln -sf real link && chmod 640 real && chmod 644 real.cek &&
		packed -o link && [ -L link ] && [ "$(stat -c %a real link.cek | xargs)" = "640 600" ] &&
		cmp <(tail -c +65 real | head -c 832) link.manifest &&
		packed -o real && [ "$(stat -c %a real.cek)" = 600 ] &&
		# Nothing temporary stays, either.
		[ -z "$(compgen -G '*.??????')" ]
}

# Standard input can't be replaced, and standard output isn't written.
no_dash()
{
	packed && fails_with "-: a whole file" packed -o - &&
		fails_with "-: a whole file" sign - <out &&
		fails_with "-: a whole file" sign - < <(cat out) &&
		fails_with "-: a whole file" kota wrap --cek out.cek --device "$(identity)" - <out &&
		fails_with "-: a whole file" kota wrap --device "$(identity)" --detach - out &&
		[ ! -e ./- ] && packed -o ./- && rm ./-*
}

# Three files come from it, and none of them replaces what it is made from.
not_over_its_source()
{
	local before
	cp image mine && cp image mine.cek && cp image mine.manifest && ln -f mine.cek other &&
		ln -sf mine.manifest link && before=$(sha256sum mine*) &&
		fails_with "mine: is what is packed" packed --image mine -o mine &&
		fails_with "mine.cek: is what is packed" packed --image other -o mine &&
		fails_with "mine.manifest: is what is packed" packed --image link -o mine || return
	{ head_of_description; echo "images = ( { $one } );"; } >mine.cfg
	fails_with "mine.cfg: is what is packed" kota pack --description mine.cfg -o mine.cfg &&
		kota pack --description mine.cfg -o mine.out && rm mine.cfg mine.out* &&
		[ "$before" = "$(sha256sum mine*)" ] &&
		stated --min-sequence 3 -o mine && cmp image mine.cek
}

# What fails leaves the deliverable its key.
all_or_none()
{
	local before
	packed -o whole && before=$(sha256sum whole whole.cek) && rm whole.manifest &&
		mkdir whole.manifest && fails_with "whole.manifest: not a regular file" packed -o whole &&
		[ "$before" = "$(sha256sum whole whole.cek)" ] && rmdir whole.manifest
}

# temporary DIRECTORY: files that a deliverable is made in
temporary()
{
	compgen -G "$1/.*.??????" || compgen -G "$1/*.??????"
}

# ended SIGNAL STATUS [ENV-OPTION...]: packs into cut/ and gets the signal on its way
ended()
{
	local pid status
	# By env: what a shell starts aside ignores SIGINT.
	env --default-signal="$1" "${@:3}" kota pack --image long --target firmware \
		--image-version 1.0 --sequence 7 --vendor $VENDOR --class $CLASS --release x \
		-o cut/out 2>/dev/null &
	pid=$!
	until temporary cut >/dev/null; do
		kill -0 $pid || return
	done
	kill -STOP $pid
	[ "$(temporary cut | wc -l)" -gt 0 ] || { kill -KILL $pid; return 1; }
	kill -"$1" $pid
	kill -CONT $pid
	wait $pid
	status=$?
	ls -A cut
	[ $status = "$2" ] && ! temporary cut
}

# Who is interrupted leaves nothing, and least of all the key; what was there stays.
interrupted()
{
	local before sig status
	mkdir -p cut && truncate -s 200M long && packed -o cut/out && before=$(sha256sum cut/*) || return
	for sig in HUP:129 INT:130 QUIT:131 TERM:143; do
		ended ${sig%:*} ${sig#*:} && [ "$before" = "$(sha256sum cut/*)" ] || return
	done
	# As nohup has it
	ended HUP 0 --ignore-signal=HUP && says cut/out size 209715200
	status=$?
	rm -rf long cut
	return $status
}

# A new file is for those whom the umask leaves; one that is replaced stays as it was.
by_umask()
{
	rm -f mine* && (umask 077 && packed -o mine) &&
		[ "$(stat -c %a mine mine.cek mine.manifest | xargs)" = "600 600 600" ] &&
		rm -f mine* && (umask 027 && packed -o mine) &&
		[ "$(stat -c %a mine mine.cek mine.manifest | xargs)" = "640 600 640" ] &&
		chmod 644 mine && (umask 077 && packed -o mine && sign mine) &&
		[ "$(stat -c %a mine)" = 644 ] && devices 1 >some &&
		(umask 077 && kota wrap --device some --detach apart.mine mine) &&
		[ "$(stat -c %a apart.mine)" = 600 ]
}

# What could not be shown is no success; help and version neither.
output_lost()
{
	local words="standard output cannot be written" command
	packed && for command in "inspect out" "inspect --json out" help --version "help pack"; do
		# shellcheck disable=SC2086 # a list of words
		fails_with "$words" kota_full $command || return
	done
}

kota_full()
{
	{ kota "$@" >/dev/full; } 2>&1
}

# What make install puts where, and where load-keys looks.
installed()
{
	local root=$PWD/root
	make -s -C "$TOP/helper" O="$(dirname "$(command -v kota)")" DESTDIR="$root" install &&
		cmp "$(command -v kota)" root/usr/local/sbin/kota &&
		[ -s root/usr/local/share/man/man8/kota.8 ] && [ -d root/etc/kota/release.d ] &&
		kota help load-keys | grep -q "/etc/kota/release.d" &&
		# It would be asked for an anchor that the module may not have.
		[ ! -e root/etc/kota/offline.d ]
}

# one_object VAR=VALUE...: one of the helper's, compiled with these
one_object()
{
	rm -rf built && make -s -C "$TOP/helper" O="$PWD/built" CC=gcc "$@" "$PWD/built/say.o"
}

# With what compilers and distributions bring along; what they warn of is an error
# for those only who asked.
built()
{
	printf '#warning here\n' >warns.h
	one_object WERROR=1 && one_object WERROR=1 CFLAGS=-O0 && one_object WERROR=1 CFLAGS=-g &&
		one_object WERROR=1 CPPFLAGS=-D_FORTIFY_SOURCE=3 &&
		one_object WERROR=1 CFLAGS="-O2 -D_FORTIFY_SOURCE=3" &&
		one_object CPPFLAGS="-include $PWD/warns.h" &&
		fails one_object WERROR=1 CPPFLAGS="-include $PWD/warns.h" || return
	# It is fortified where it can be.
	one_object && nm built/say.o | grep -q __vfprintf_chk
}

# Also on a machine that has no kernel to build for.
cleaned()
{
	mkdir -p copy/selftests/qemu && cp -r "$TOP/Makefile" "$TOP/helper" "$TOP/kmod" "$TOP/uapi" copy &&
		cp "$TOP/selftests/qemu/Makefile" copy/selftests/qemu && : >copy/helper/say.o &&
		make -s -C copy clean KDIR=/none && [ ! -e copy/helper/say.o ]
}

# Each exit status there is, where people look.
exit_codes()
{
	kota help | grep -q '3: the root key' && kota load-keys --help >help &&
		grep -q '^Exit code: 0 .*1 .*2 .*' help && tr '\n' ' ' <help | grep -q '3 .*the root key may still be had' &&
		kota inspect --help | grep -q '^Exit code: 0'
}

# ---- what a deliverable tells those who have no key to it

# The same image twice, and once more compressed: other keys, other salts, not one
# block of ciphertext in common.
never_twice()
{
	packed --cipher aes-256-gcm && mv out one && mv out.cek one.cek &&
		packed --cipher aes-256-gcm && mv out two && mv out.cek two.cek &&
		packed --compress zstd && mv out three && mv out.cek three.cek &&
		python3 - one two three <<-'END'
		import sys
		seen, keys, salts = set(), set(), set()
		for name in sys.argv[1:]:
		    d = open(name, 'rb').read()
		    keys.add(open(name + '.cek', 'rb').read())
		    salts.add(d[64 + 104:64 + 136])
		    body = d[64 + 832:]
		    blocks = {body[i:i + 16] for i in range(0, len(body) - 15)}
		    # Heads of frames are in clear: of them no 16 bytes without a tag.
		    common = {b for b in blocks & seen if b[:8] != b'\1' + bytes(7) and 0 not in b}
		    assert not common, (name, common)
		    seen |= blocks
		assert len(keys) == len(salts) == 3
		END
}

# Neither the image nor the digest of any part of it: parts that are known can't be
# told. The whole can, by the root digest, as uapi/kota.rst says.
nothing_in_clear()
{
	packed --chunk 4K "$@" && python3 - out image <<-'END'
	import hashlib, sys, zlib
	d, image = (open(n, 'rb').read() for n in sys.argv[1:])
	for i in range(0, len(image), 4096):
	    chunk = image[i:i + 4096]
	    assert chunk[:16] not in d
	    for md in 'sha256', 'sha3_256', 'sha1', 'md5':
	        assert hashlib.new(md, chunk).digest() not in d
	for md in 'sha256', 'sha3_256':
	    assert hashlib.new(md, image).digest() not in d
	END
}

nothing_in_clear_of_any()
{
	nothing_in_clear && nothing_in_clear --compress zstd && nothing_in_clear --digest sha3-256
}

# devices NR: that many identities
devices()
{
	python3 - "$1" <<-'END'
	import base64, sys
	from cryptography.hazmat.primitives.asymmetric import ec
	for i in range(int(sys.argv[1])):
	    n = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
	    xy = n.x.to_bytes(32, 'big') + n.y.to_bytes(32, 'big')
	    print('kota-device-v1 p256 1', base64.b64encode(xy).decode())
	END
}

# Of envelopes apart there can be any number, and the deliverable stays as it is;
# of those attached as many as the limit takes, and what was there stays.
recipients()
{
	local before
	packed && sign out && devices 512 >some && devices 8000 >many &&
		before=$(sha256sum <out) && kota wrap --device many --detach apart out &&
		[ "$(stat -c %s apart)" -gt 1048576 ] && [ "$before" = "$(sha256sum <out)" ] &&
		kota wrap --device some out && kota inspect out >/dev/null &&
		before=$(sha256sum <out) &&
		fails_with "--detach" kota wrap --device many out &&
		[ "$before" = "$(sha256sum <out)" ]
}

# An envelope for a device that is named twice, or has one already, replaces it.
one_for_each()
{
	local len
	packed && len=$(stat -c %s out) && devices 3 >some && cat some some >twice &&
		kota wrap --device twice --device some out &&
		[ "$(stat -c %s out)" = $((len + 3 * 152)) ] && devices 1 >>twice &&
		kota wrap --device twice out && [ "$(stat -c %s out)" = $((len + 4 * 152)) ] &&
		[ "$(kota inspect --json out | grep -c '"device"')" = 4 ] &&
		[ "$(kota inspect --json out | grep '"device"' | sort -u | wc -l)" = 4 ] &&
		kota wrap --device twice --detach apart out && [ "$(stat -c %s apart)" = $((4 * 152)) ]
}

# Of suites to come, with public keys of any length: nothing stands where it did.
odd_envelopes()
{
	packed && python3 - out odd <<-'END' || return
	import struct, sys
	d = open(sys.argv[1], 'rb').read()
	env = b''.join(struct.pack('<HHI', 1, n, 0) + bytes([n & 255]) * (32 + n + 48)
	               for n in (65, 63, 64, 1568))
	d = bytearray(d[:64 + 832] + env + d[64 + 832:])
	struct.pack_into('<I', d, 20, len(env))
	open(sys.argv[2], 'wb').write(d)
	END
	cp out.cek odd.cek
	says odd device "$(printf '41%.0s ' {1..32} | tr -d ' ') $(printf '3f%.0s' {1..32}) $(
		printf '40%.0s' {1..32}) $(printf '20%.0s' {1..32})" &&
		kota inspect odd | grep -c '^  p256 ' | grep -qx 4 &&
		kota wrap --device "$(identity)" odd && kota inspect odd | grep -c '^  p256 ' | grep -qx 5
}

# ---- zstd

# Each frame is one of zstd: single segment, its size, no checksum, no dictionary.
zstd_form()
{
	kota pack --image "$1" --target firmware --image-version 1.0 --sequence 7 \
		--vendor $VENDOR --class $CLASS --release x -o out "${@:2}" &&
		python3 - out "$1" <<-'END'
		import hashlib, hmac, struct, subprocess, sys
		from cryptography.hazmat.primitives.ciphers.aead import AESGCM
		def hkdf(salt, ikm, info, n):
		    prk = hmac.new(salt, ikm, 'sha256').digest()
		    return hmac.new(prk, info + b'\1', 'sha256').digest()[:n]
		d = open(sys.argv[1], 'rb').read()
		image = open(sys.argv[2], 'rb').read()
		cek = open(sys.argv[1] + '.cek', 'rb').read()
		mlen, slen, elen, tlen = struct.unpack_from('<IIII', d, 12)
		m = d[64:64 + mlen]
		img = m[640:]
		size, log2 = struct.unpack_from('<QB', img, 64)
		digest = hashlib.sha256(m).digest()
		def key(label):
		    return AESGCM(hkdf(m[104:136], cek, label.ljust(16, b'\0') + digest + b'\0\0', 32))
		def nonce(i):
		    return struct.pack('<Q', i) + bytes(4)
		at = 64 + mlen + slen + elen
		sealed, table, block = d[at:at + tlen], b'', 0
		while sealed:
		    table += key(b'kota table').decrypt(nonce(block), sealed[:65552], None)
		    sealed, block = sealed[65552:], block + 1
		assert hashlib.sha256(b'kota table v1'.ljust(16, b'\0') + table).digest() == img[80:112]
		at += tlen
		nr = -(-size >> log2) if False else (size + (1 << log2) - 1) >> log2
		frames, done = key(b'kota frames'), b''
		most = 0
		for i in range(nr):
		    kind, image_nr, chunk, n, res = struct.unpack_from('<HHIII', d, at)
		    assert (kind, image_nr, chunk, res) == (1, 0, i, 0), (i, kind, chunk)
		    stored = frames.decrypt(nonce(i), d[at + 16:at + 32 + n], None)
		    at += 32 + n
		    entry = table[16 + 72 * i:88 + 72 * i]
		    want = min(1 << log2, size - (i << log2))
		    assert struct.unpack_from('<II', entry) == (n, 0)
		    assert entry[8:40] == hashlib.sha256(stored).digest()
		    assert stored[:4] == b'\x28\xb5\x2f\xfd', 'magic'
		    # single segment, no checksum, no dictionary
		    fhd = stored[4]
		    assert fhd & 0x20 and not fhd & 0x1f, hex(fhd)
		    width = 1 << (fhd >> 6)
		    content = int.from_bytes(stored[5:5 + width], 'little') + (256 if width == 2 else 0)
		    assert content == want, (content, want)
		    # blocks, to the last one, which ends the frame
		    off = 5 + width
		    last = 0
		    while not last:
		        head = int.from_bytes(stored[off:off + 3], 'little')
		        last, typ, blen = head & 1, head >> 1 & 3, head >> 3
		        off += 3 + (1 if typ == 1 else blen)
		    assert off == n, (off, n)
		    plain = subprocess.run(['zstd', '-dcq'], input=stored, stdout=subprocess.PIPE,
		                           check=True).stdout
		    assert entry[40:72] == hashlib.sha256(plain).digest()
		    done += plain
		    most = max(most, n - want)
		assert done == image and d[at:] == struct.pack('<H', 2) + bytes(14)
		print('longest over its chunk by', most)
		END
}

zstd_each_chunk()
{
	local chunk
	for chunk in 4K 64K 256K 1M; do
		zstd_form text --compress zstd --chunk $chunk || return
		zstd_form image --compress zstd --chunk $chunk || return
	done
	zstd_form text --compress zstd:1 --chunk 1M && zstd_form text --compress zstd:22 --chunk 1M &&
		says out compression zstd && kota inspect out | grep 'compression  *zstd, to '
}

one_byte()
{
	printf x >byte && zstd_form byte --compress zstd
}

# ---- descriptions

head_of_description()
{
	cat <<-END
	vendor = "$VENDOR";
	class = "$CLASS";
	release = "Example 2";
	sequence = 12;
	END
}

good_description()
{
	mkdir -p sub
	cp image sub/first
	cp text sub/second
	{
		head_of_description
		cat <<-END
		min-sequence = 10L;
		update = "01234567-89ab-4cde-8f01-23456789abcd";
		level = "upgraded";
		consent = "notify";
		manifest-digest = "sha3-256";
		handling = [ "reboot-now", "no-resume" ];
		revoke = ( "$PKI/signer2.pem" );
		retire = ( { signer = "$PKI/signer.pem"; last-sequence = "18446744073709551615"; } );
		images = (
		  { file = "first"; target = "firmware"; version = "2.0"; },
		  {
		    file = "$PWD/sub/second"; target = "fabric"; version = "7";
		    precondition = "6"; chunk = "16K"; cipher = "aes-256-gcm";
		    digest = "sha3-256"; compress = "zstd:3";
		  }
		);
		END
	} >sub/good.cfg
	kota pack --description sub/good.cfg -o out && says out sequence 12 min_sequence 10 \
		level upgraded consent notify handling "no-resume reboot-now" \
		digest_by "sha3-256 sha256 sha3-256" target "firmware fabric" \
		version "2.0 7" precondition " 6" chunk_len "65536 16384" \
		compression "none zstd" last_sequence 18446744073709551615 \
		cipher "aes-256-gcm aes-256-gcm"
}

# The frames come by image, and by chunk in it: wrap opens the first table.
several_images_wrapped()
{
	good_description && sign out && kota wrap --device "$(identity)" out && kota inspect out >/dev/null
}

identity()
{
	# any point on the curve will do
	printf 'kota-device-v1 p256 1 '
	openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null |
		openssl ec -pubout -outform DER 2>/dev/null | tail -c 64 | base64 -w0
}

options_outdo()
{
	good_description && kota pack --sequence 99 --release Other --description sub/good.cfg \
		-o out --vendor 00000000-0000-0000-0000-000000000001 &&
		says out sequence 99 release Other vendor 00000000-0000-0000-0000-000000000001
}

# All the rest from options: only the images are described.
images_alone()
{
	echo 'images = ( { file = "image"; target = "firmware"; version = "1"; } );' >some.cfg
	kota pack --description some.cfg --sequence 1 --vendor $VENDOR --class $CLASS \
		--release x -o out && says out sequence 1
}

included()
{
	# Beside the description, wherever that is read from
	mkdir -p with && cp image with/image && head_of_description >with/common.inc
	printf '@include "common.inc"\nimages = ( { file = "image"; target = "firmware"; version = "1"; } );\n' >with/some.cfg
	kota pack --description with/some.cfg -o out && says out sequence 12 || return
	echo 'colour = "red";' >>with/common.inc
	refused "with/common.inc:5: colour: not known" kota pack --description with/some.cfg -o out
}

# wrong LINE WORDS SETTING: a description whose line 5 on is SETTING; LINE may be
# empty, where something is missing
wrong()
{
	{ head_of_description; printf '%s\n' "$3"; } >wrong.cfg
	refused "wrong.cfg${1:+:$1}: $2" kota pack --description wrong.cfg -o out
}

one='file = "image"; target = "firmware"; version = "1";'

description_errors()
{
	wrong 5 "syntax error" 'level = = 3;' &&
		wrong 7 "syntax error" $'\n\nlevel = "basic" 3;' &&
		wrong 5 "duplicate setting name" 'sequence = 12;' &&
		wrong 5 "colour: not known; settings here are: vendor, class" 'colour = "red";' &&
		wrong 6 "colour: not known; settings here are: file, target" \
			$'images = (\n{ colour = "red"; } );' &&
		wrong 5 "update: a text in quotes is wanted" 'update = true;' &&
		wrong 5 "update x: not a UUID" 'update = "x";' &&
		wrong 5 "level: a text" 'level = [ "basic" ];' &&
		wrong 5 "level high: not known; it is one of: basic" 'level = "high";' &&
		wrong 5 "consent maybe: not known" 'consent = "maybe";' &&
		wrong 5 "manifest-digest md5: not known" 'manifest-digest = "md5";' &&
		wrong 5 "min-sequence -4: a number from 1 on" 'min-sequence = -4;' &&
		wrong 5 "handling fast: not known" 'handling = [ "erase-slot", "fast" ];' &&
		wrong 5 "handling fast: not known" 'handling = "fast";' &&
		wrong 5 "revoke nobody: neither" 'revoke = "nobody";' &&
		wrong 5 "retire: a list" 'retire = "nobody";' &&
		wrong 5 "retire: { signer" 'retire = ( "nobody" );' &&
		wrong 5 "retire: { signer" 'retire = ( { signer = "nobody"; } );' &&
		wrong 5 "retire nobody: neither" 'retire = ( { signer = "nobody"; last-sequence = 3; } );' &&
		wrong 5 "retire: a text" 'retire = ( { signer = "x"; last-sequence = 1.5; } );' &&
		wrong 5 "recovery: true or false" 'recovery = 1;' &&
		wrong 5 "statement: true or false" 'statement = "yes";' &&
		wrong 5 "images: a list" 'images = { file = "image"; };' &&
		wrong 5 "an image is {" 'images = ( "image" );' &&
		wrong 5 "this image lacks 'file'" 'images = ( { target = "firmware"; version = "1"; } );' &&
		wrong 5 "this image lacks 'target'" 'images = ( { file = "image"; version = "1"; } );' &&
		wrong 5 "this image lacks 'version'" 'images = ( { file = "image"; target = "firmware"; } );' &&
		wrong 5 "file none: cannot be read: No such file" 'images = ( { file = "none"; } );' &&
		wrong 5 "target A: a name has" 'images = ( { target = "A"; } );' &&
		wrong 5 "version: 1 to 31" 'images = ( { version = ""; } );' &&
		wrong 5 "precondition: 1 to 31" 'images = ( { precondition = ""; } );' &&
		wrong 5 "chunk 3: 4K" 'images = ( { chunk = 3; } );' &&
		wrong 5 "cipher rot13: not known" 'images = ( { cipher = "rot13"; } );' &&
		wrong 5 "digest md5: not known" 'images = ( { digest = "md5"; } );' &&
		wrong 5 "compress lz4: not known" 'images = ( { compress = "lz4"; } );' &&
		wrong 6 "target firmware has an image already, at wrong.cfg:5" \
			"images = ( { $one },"$'\n'" { $one } );" &&
		wrong 6 "cipher aes-128-gcm is below level upgraded" \
			$'level = "upgraded";\n'"images = ( { $one cipher = \"aes-128-gcm\"; } );" &&
		wrong "" "no images; describe at least one" 'images = ( );' &&
		wrong "" "a statement has no images" "statement = true; images = ( { $one } );" &&
		wrong "" "a statement has no handling" 'statement = true; handling = "reboot-now";' &&
		wrong "" "a statement that says nothing" 'statement = true;' &&
		wrong "" "recovery is a statement" "recovery = true; images = ( { $one } );"
}

# What libconfig would take for another number, or cut, has to be in quotes.
numbers()
{
	local n before='images = ('"{ $one }"');'
	for n in 010 00 0x10 0x100000001 0xffffffff 0b11 0o7 1000000000000000000 \
			9223372036854775807 9223372036854775808 18446744073709551615L; do
		wrong 5 "$n: a number is decimal" "min-sequence = $n; $before" &&
			wrong 6 "$n: a number is decimal" "retire = (
				{ signer = \"$PKI/signer.pem\"; last-sequence = $n; } ); $before" || return
		{ head_of_description | sed "s/^sequence.*/sequence = $n;/"; echo "$before"; } >number.cfg
		refused "number.cfg:4: $n: a number" kota pack --description number.cfg -o out &&
			refused "number.cfg:4: $n: a number" kota pack --sequence 3 \
				--description number.cfg -o out || return
		echo "sequence = $n;" >number.inc
		wrong 5 "what is included here" "@include \"number.inc\"" &&
			refused "number.inc:1: $n: a number" kota pack --description wrong.cfg -o out || return
	done
	for n in 4294967297 999999999999999999 '"9223372036854775808"' '"18446744073709551615"'; do
		{ head_of_description | sed "s/^sequence.*/sequence = $n;/"; echo "$before"; } >number.cfg
		kota pack --description number.cfg -o out && says out sequence "${n//\"/}" || return
	done
	# In texts, names and comments there may be anything.
	{
		printf '# 010 "\n// 0x10 "\n/* 010\n" */\n'
		head_of_description | sed 's/Example 2/010 \\" 0x10 # /'
		echo "$before /* 010 */"
	} >number.cfg
	kota pack --description number.cfg -o out && says out release '010 " 0x10 # '
}

# Certificates are looked for where images are; key ids are no files.
signers_beside()
{
	local id
	mkdir -p signers && cp image signers && cp "$PKI/signer.pem" signers/beside.pem &&
		cp "$PKI/signer2.der" signers/beside2.der || return
	id=$(printf 'ab%.0s' {1..32})
	{
		head_of_description
		echo "revoke = [ \"beside.pem\", \"$id\" ]; images = ( { $one } );"
		echo 'retire = ( { signer = "beside2.der"; last-sequence = 3; } );'
	} >signers/some.cfg
	kota pack --description signers/some.cfg -o out &&
		says out revoked "$(key_id signer) $id" key_id "$(key_id signer2)" || return
	{ head_of_description; echo 'revoke = "image";'; } >signers/wrong.cfg &&
		refused "signers/wrong.cfg:5: revoke signers/image: neither" \
			kota pack --description signers/wrong.cfg -o out
}

description_no_file()
{
	mkdir -p with
	refused "with: cannot be read: Is a directory" kota pack --description with -o out &&
		wrong 5 "what is included here" '@include "with"' &&
		refused "with: cannot be read: Is a directory" kota pack --description wrong.cfg -o out &&
		wrong 5 "what is included here" '@include "none.inc"' &&
		refused "none.inc: cannot be read: No such" kota pack --description wrong.cfg -o out &&
		{ head_of_description; printf 'level = "\0";'; } >wrong.cfg &&
		refused "wrong.cfg: not a text" kota pack --description wrong.cfg -o out
}

too_many_images()
{
	local i
	{
		head_of_description
		echo 'images = ('
		for i in {1..17}; do
			echo "{ file = \"image\"; target = \"t$i\"; version = \"1\"; },"
		done | sed '$s/,$//'
		echo ');'
	} >many.cfg
	refused "many.cfg:22: a deliverable has at most 16 images" \
		kota pack --description many.cfg -o out || return
	sed -i 22d many.cfg
	sed -i '21s/,$//' many.cfg
	kota pack --description many.cfg -o out && kota inspect --json out | grep -c '"target"' | grep -qx 16
}

description_missing()
{
	local name
	for name in vendor class release sequence; do
		{ head_of_description | grep -v "^$name"; echo "images = ( { $one } );"; } >less.cfg
		refused "less.cfg: '$name' is missing" kota pack --description less.cfg -o out || return
	done
	{ head_of_description; echo "images = ( { $one } );"; } >less.cfg
	refused "--output FILE is missing" kota pack --description less.cfg &&
		refused "none.cfg: cannot be read: No such file" kota pack --description none.cfg -o out &&
		refused "--image: with --description images are described in less.cfg" \
			kota pack --description less.cfg -o out --image image &&
		refused "only one is taken" kota pack --description less.cfg --description less.cfg -o out
}

# ---- statements

statement_whole()
{
	rm -f out.cek
	stated --revoke "$PKI/signer.pem" --retire "$PKI/signer2.pem:6" --min-sequence 5 || return
	[ ! -e out.cek ] && [ "$(stat -c %s out out.manifest | xargs)" = "720 640" ] || return
	says out min_sequence 5 last_sequence 6 sequence 8 recovery False images "" || return
	fails_with "there is no key to wrap" kota wrap --device "$(identity)" out || return
	sign out && kota inspect out >text.out && grep -q '^statement$' text.out &&
		grep -q 'min sequence  *5$' text.out && ! grep -q 'envelopes:' text.out
}

statement_recovery()
{
	stated --recovery && says out recovery True && kota inspect out | grep 'recovery  *permits'
}

statement_described()
{
	{ head_of_description; echo 'statement = true; recovery = true; min-sequence = 4;'; } >some.cfg
	kota pack --description some.cfg -o out && says out recovery True min_sequence 4 &&
		{ head_of_description; echo 'min-sequence = 4;'; } >some.cfg &&
		kota pack --statement --description some.cfg -o out && says out min_sequence 4 recovery False
}

statement_errors()
{
	refused "a statement that says nothing" stated &&
		refused "a statement has no images" stated --image image --target a \
			--image-version 1 --min-sequence 3 &&
		refused "a statement has no handling" stated --min-sequence 3 --handling no-resume
}

# ---- every command

usage_of_all()
{
	local name
	for name in $(kota help | sed -n 's/^  \([a-z-]*\) .*/\1/p'); do
		kota "$name" --help | grep -q "^Usage: kota $name" || { echo "$name --help"; return 1; }
		kota help "$name" >/dev/null || return
		kota "$name" --no-such-option 2>&1 | grep "Try 'kota $name --help'" || return
	done
	kota --version | grep -q '^kota '
}

# section NAME: of a command in the manual page
section()
{
	sed -n "/^\.SS $(sed 's/-/\\\\-/g' <<<"$1")\$/,/^\.S[SH]/p" "$TOP/helper/kota.8" | sed '1p;/^\.S/d'
}

# synopsis NAME: what the manual page's has of a command
synopsis()
{
	sed -n '/^\.SH SYNOPSIS/,/^\.SH DESC/p' "$TOP/helper/kota.8" |
		sed -n "/^\.B kota $(sed 's/-/\\\\-/g' <<<"$1")\$/,/^\.\(br\|SH\)/p"
}

# The completion knows what --help tells, and so does the manual page, where that
# command stands.
completion_of_all()
{
	local name option known escaped
	# shellcheck source=helper/completion/kota.bash
	. "$TOP/helper/completion/kota.bash"
	for name in $(kota help | sed -n 's/^  \([a-z-]*\) .*/\1/p'); do
		[[ " $_kota_commands " = *" $name "* ]] || { echo "$name: not completed"; return 1; }
		known=" $(_kota_options "$name" | xargs) "
		for option in $(kota "$name" --help | grep -v -- --help |
				grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--?[a-z-]+'); do
			[[ $known = *" $option "* ]] || { echo "$name $option: not completed"; return 1; }
			escaped=$(sed 's/-/\\\\-/g' <<<"$option")
			section "$name" | grep -qE -- "$escaped([^a-z-]|\$)" ||
				{ echo "$name $option: not in its section of kota.8"; return 1; }
			synopsis "$name" | grep -qE -- "OPTION|$escaped([^a-z-]|\$)" ||
				{ echo "$name $option: not in the synopsis of kota.8"; return 1; }
		done
	done
}

head -c 300000 /dev/urandom >image
seq 1 400000 | head -c 1500001 >text

t pack.all_options all_options
t pack.usual_values usual_values
t pack.made_at made_at
t pack.into_directory into_directory
t pack.key_id_of_certificate key_id_of_certificate
t pack.each_option_wrong each_option_wrong
t pack.each_option_missing each_option_missing
t pack.lists_full lists_full
t pack.image_trouble image_trouble
t pack.tables_too_large tables_too_large
t pack.replaces_files_only replaces_files_only
t pack.no_dash no_dash
t pack.not_over_its_source not_over_its_source
t pack.all_or_none all_or_none
t pack.interrupted interrupted
t pack.by_umask by_umask
t pack.zstd zstd_each_chunk
t pack.zstd_one_byte one_byte
t pack.never_twice never_twice
t pack.nothing_in_clear nothing_in_clear_of_any
t pack.recipients recipients
t pack.one_for_each one_for_each
t inspect.odd_envelopes odd_envelopes
t describe.good good_description
t describe.several_images_wrapped several_images_wrapped
t describe.options_outdo options_outdo
t describe.images_alone images_alone
t describe.included included
t describe.errors description_errors
t describe.numbers numbers
t describe.signers_beside signers_beside
t describe.no_file description_no_file
t describe.missing description_missing
t describe.too_many_images too_many_images
t statement.whole statement_whole
t statement.recovery statement_recovery
t statement.described statement_described
t statement.errors statement_errors
t usage.all usage_of_all
t usage.completion completion_of_all
t usage.output_lost output_lost
t usage.installed installed
t usage.built built
t usage.cleaned cleaned
t usage.exit_codes exit_codes
plan
exit "$kt_failed"
