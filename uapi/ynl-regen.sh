#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Generates the netlink code from kota.yaml with the generator of a kernel
# source tree (7.x): uapi/ynl-regen.sh KSRC [--check]
# With --check nothing is written; the exit status tells whether all is current.
set -eu

ksrc=$(readlink -f "$1")
top=$(readlink -f "$(dirname "$0")/..")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The generator wants to find itself and the schema in a kernel tree.
mkdir -p "$tmp/Documentation/netlink/specs"
touch "$tmp/MAINTAINERS"
cp "$ksrc"/Documentation/netlink/*.yaml "$tmp/Documentation/netlink/"
cp "$top/uapi/kota.yaml" "$tmp/Documentation/netlink/specs/"
cp -r "$ksrc/tools/net/ynl/pyynl" "$tmp/"

status=0
generate() {
	(cd "$tmp" && python3 pyynl/ynl_gen_c.py --mode "$1" "$2" \
		--spec Documentation/netlink/specs/kota.yaml -o "$(basename "$3")")
	# The generator speaks of the kernel tree's layout.
	sed -i -e 's,Documentation/netlink/specs/kota.yaml,uapi/kota.yaml,' \
		-e 's,tools/net/ynl/ynl-regen.sh,uapi/ynl-regen.sh,' \
		"$tmp/$(basename "$3")"
	if [ "$check" ]; then
		cmp "$tmp/$(basename "$3")" "$top/$3" || status=1
	else
		cp "$tmp/$(basename "$3")" "$top/$3"
	fi
}

check=${2:-}
generate uapi --header uapi/linux/kota_netlink.h
generate kernel --header kmod/netlink_gen.h
generate kernel --source kmod/netlink_gen.c
exit $status
