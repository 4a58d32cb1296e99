# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion for kota(8). Knows the commands, their options, and the words that
# an option takes; everything else is a file.

_kota_words()
{
	case $1 in
	--level) echo basic upgraded ;;
	--consent) echo none notify ;;
	--cipher) echo aes-128-gcm aes-256-gcm ;;
	--digest|--manifest-digest) echo sha256 sha3-256 ;;
	--md) echo sha256 sha384 sha512 sha3-256 sha3-384 ;;
	--handling) echo erase-slot no-resume reboot-now external-power ;;
	--compress) echo none zstd ;;
	--chunk) echo 4K 8K 16K 32K 64K 128K 256K 512K 1M ;;
	--ring) echo release offline ;;
	help) echo "$_kota_commands" ;;
	esac
}

_kota_options()
{
	case $1 in
	pack) echo -o --description --statement --output --sequence --vendor --class \
		--release --update --level --consent --manifest-digest --handling \
		--min-sequence --revoke --retire --recovery --image --target \
		--image-version --cipher --digest --chunk --compress --precondition ;;
	sign) echo --key --cert --attach --ring --md --keyid --provider --quiet ;;
	wrap) echo --device --cek --detach ;;
	inspect) echo --json --cert ;;
	status|why|watch) echo --json ;;
	load-keys) echo --signers --offline-signers ;;
	provision) echo --owner-auth --take-ownership --owner-auth-out ;;
	check) echo --json --device ;;
	activate|confirm) echo --hooks ;;
	rollback) echo --reason --hooks ;;
	boot) echo --reboot --hooks --seconds ;;
	install) echo --full --reboot --hooks --hook-timeout --json --device ;;
	esac
	echo --help
}

# Options whose word is neither a file nor one of a few.
_kota_takes_text()
{
	case $1 in
	--target|--image-version|--sequence|--vendor|--class|--release|--update|\
	--precondition|--min-sequence|--provider|--hook-timeout|--reason|--seconds)
		return 0 ;;
	esac
	return 1
}

_kota()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local words

	COMPREPLY=()
	if [[ $COMP_CWORD -eq 1 ]]; then
		words="$_kota_commands help --version"
	elif _kota_takes_text "$prev"; then
		return
	else
		words=$(_kota_words "$prev")
		[[ ${COMP_WORDS[1]} != keys ]] || words="roll retire"
		[[ $cur != -* ]] || words=$(_kota_options "${COMP_WORDS[1]}")
	fi
	if [[ -n $words ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

_kota_commands="pack sign wrap inspect provision load-keys keys check install activate confirm rollback boot envelope status why watch"
complete -F _kota kota
