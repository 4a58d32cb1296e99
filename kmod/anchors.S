/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The anchors of the rings, certificates in DER, as they were named when the
 * module was built. They are signed with the module.
 */
#include <linux/linkage.h>

	.section .rodata, "a"
	.globl kota_release_anchor
kota_release_anchor:
#ifdef KOTA_RELEASE_ANCHOR
	.incbin KOTA_RELEASE_ANCHOR
#endif
	.globl kota_release_anchor_end
kota_release_anchor_end:
	.byte 0

	.globl kota_offline_anchor
kota_offline_anchor:
#ifdef KOTA_OFFLINE_ANCHOR
	.incbin KOTA_OFFLINE_ANCHOR
#endif
	.globl kota_offline_anchor_end
kota_offline_anchor_end:
	.byte 0
