# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# boot: configs=release overlays=lab,../overlays/small.dtso mem=512 timeout=180 tpm=fresh append=initcall_blacklist=crypto_sha3_mod_init,initcall_blacklist=sha3_generic_mod_init,initcall_blacklist=cpu_feature_match_SHA3_init
# tests: lacks.sha3_*
#
# A kernel without SHA-3: what wants it is refused by name, wherever it wants it.

# shellcheck source=selftests/lacks.sh
. "$STAGE/tests/lacks.sh"

told()
{
	missing "digest SHA3-256" && missing_json "digest SHA3-256"
}

image_digest()
{
	made image --digest sha3-256 && whole image &&
		refused image "image digest sha3-256 in this kernel"
}

manifest_digest()
{
	made manifest --manifest-digest sha3-256 && whole manifest &&
		refused manifest "manifest digest sha3-256 in this kernel"
}

signature()
{
	made signature && whole signature --md sha3-256 &&
		refused signature "sha3-256 in this kernel"
}

provision >&2 || exit
t lacks.sha3_told told
t lacks.sha3_of_an_image image_digest
t lacks.sha3_of_the_manifest manifest_digest
t lacks.sha3_of_the_signature signature
t lacks.sha3_not_wanted installs
plan
exit "$kt_failed"
