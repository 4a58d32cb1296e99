// SPDX-License-Identifier: GPL-2.0
/*
 * In libFuzzer's place where coverage is counted: each file, once.
 */

#include "fuzz.h"

int main(int argc, char **argv)
{
	static u8 data[4 << 20];
	int i;

	for (i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t len = f ? fread(data, 1, sizeof(data), f) : 0;
		u8 *copy = fuzz_copy(data, len);

		if (f)
			fclose(f);
		LLVMFuzzerTestOneInput(copy, len);
		free(copy);
	}
	return 0;
}
