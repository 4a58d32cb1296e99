/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's harness, with tests in the order in which they are written: ours
 * build on each other. 6.12's harness finds out the order of constructors too
 * late, after those of the tests, and runs them backwards.
 */
#ifndef KOTA_HARNESS_H
#define KOTA_HARNESS_H

#include <kselftest_harness.h>

#include "kota_test.h"

static void __attribute__((constructor(19999))) kt_before_all(void)
{
	__constructor_order_forward = true;
	kt_warm_up();
}

#endif
