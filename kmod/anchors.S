/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The anchor of the release ring, a certificate in DER, as it was named when
 * the module was built. It is signed with the module.
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
