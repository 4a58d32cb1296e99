# SPDX-License-Identifier: GPL-2.0
#
#   make demo             fresh machine to first update, shown as it happens
#   make check [T=name]   the tests, on the release and the debug kernel
#   make shell            a prompt on the lab's board
#   make bench            how fast, against what is possible: selftests/bench/results
#   make fuzz [FUZZ_SECONDS=60]
#                         stranger's bytes, at random; what was covered
#   make lint             everything that judges sources without running them
#
#   make modules KDIR=... KOTA_RELEASE_ANCHOR=cert.der [KOTA_OFFLINE_ANCHOR=cert.der]
#   make modules_install KDIR=... [INSTALL_MOD_PATH=...]
#   make helper; make install DESTDIR=...
#
# KERNEL=7|6.12 or KERNEL_SRC=DIR choose the lab's kernel, CONFIG=release|debug
# its configuration.

KDIR ?= /lib/modules/$(shell uname -r)/build
CONFIG ?= release,debug
lab := $(MAKE) --no-print-directory -C selftests/qemu

# Kbuild runs elsewhere.
ifneq ($(KOTA_RELEASE_ANCHOR),)
override KOTA_RELEASE_ANCHOR := $(abspath $(KOTA_RELEASE_ANCHOR))
endif
ifneq ($(KOTA_OFFLINE_ANCHOR),)
override KOTA_OFFLINE_ANCHOR := $(abspath $(KOTA_OFFLINE_ANCHOR))
endif
export KOTA_RELEASE_ANCHOR KOTA_OFFLINE_ANCHOR

all: modules helper

modules modules_install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) CONFIG_KOTA=m $@

helper:
	$(MAKE) -C helper

install:
	$(MAKE) -C helper install DESTDIR=$(DESTDIR)

check:
	@$(lab) CONFIG=$(CONFIG)

shell:
	@$(lab) shell CONFIG=$(firstword $(subst $(comma), ,$(CONFIG)))

bench:
	@$(lab) bench CONFIG=$(firstword $(subst $(comma), ,$(CONFIG)))

fuzz:
	@$(lab) fuzz

demo:
	@selftests/qemu/root guest >/dev/null
	@selftests/demo.sh

lint:
	@selftests/qemu/enter selftests/qemu/lint

clean:
	[ ! -d "$(KDIR)" ] || $(MAKE) -C $(KDIR) M=$(CURDIR) clean
	[ ! -e helper/Makefile ] || $(MAKE) -C helper clean
	@$(lab) clean

comma := ,

.PHONY: all modules modules_install helper install check shell bench fuzz demo lint clean
