# What is promised to programs that are linked against the library; docs/ABI.md is the promise. Included by release.mk.
#
#   test-abi       functions, types and numbers are those of the versions before, and a program of then runs
#   abi-baseline   tests/release/compatibility/baseline.xml, after a function was added

ABI = tests/release/compatibility
ABI_OUT = build/abi
# The versions whose headers and programs are kept.
ABI_VERSIONS = 0.1.0
# Full debug info is only in the dev profile: the one in which the sandbox is built, so that this costs no build of its own.
ABI_LIBRARY = target/debug/libanchor.so
ABI_WARNINGS = -Wall -Wextra -Wpedantic -Werror
ABI_NUMBERS = grep -E '^\#define ANCHOR_[A-Z_]+ [0-9]+$$' $(1) | grep -v ANCHOR_VERSION

.PHONY: test-abi abi-baseline abi-library abi-diff
test-abi: lib sandbox $(ABI_VERSIONS:%=abi-%) abi-diff

abi-library: sandbox
	$(CARGO) build --quiet --locked --lib --example sandbox

abi-baseline: abi-library
	$(PYTHON) $(ABI)/describe.py $(ABI_LIBRARY) $(ABI)/baseline.xml

abi-diff:
	@if command -v abidiff >/dev/null 2>&1; then $(MAKE) --no-print-directory abi-compared; else \
		echo "test-abi: types are not compared, abidiff is missing: install abigail-tools"; test -z "$$CI"; fi

.PHONY: abi-compared
abi-compared: abi-library
	@mkdir -p $(ABI_OUT)
	$(PYTHON) $(ABI)/describe.py $(ABI_LIBRARY) $(ABI_OUT)/now.xml
	abidiff --no-added-syms $(ABI)/baseline.xml $(ABI_OUT)/now.xml
	@echo "every function of $(ABI)/baseline.xml is there with its types"

# abi-VERSION: one header does not contradict the other, no number is gone, and a program of that version runs.
abi-%: $(ABI_OUT)/%/program $(ABI_OUT)/lib/libanchor.so.0
	$(CC) -std=c11 $(ABI_WARNINGS) -I. -Iinclude -DOLD_HEADER='"$(ABI)/$*/anchor.h"' -fsyntax-only $(ABI)/both_headers.c
	@$(call ABI_NUMBERS,$(ABI)/$*/anchor.h) | while read -r line; do grep -qFx "$$line" include/anchor.h || \
		{ echo "include/anchor.h lacks: $$line"; exit 1; }; done
	@LD_LIBRARY_PATH="$(CURDIR)/$(ABI_OUT)/lib" $(WITH_SANDBOX) $(ABI_OUT)/$*/program $(ABI_OUT)/$*/video.mp4

# The name by which the loader looks for it.
$(ABI_OUT)/lib/libanchor.so.0: | lib
	@mkdir -p $(@D)
	ln -sf "$(CURDIR)/$(LIBRARY)" $@

.PRECIOUS: $(ABI_OUT)/%/program
# It is linked against that version's functions, with nothing in them: no newer one can creep in.
$(ABI_OUT)/%/program: $(ABI)/%/program.c $(ABI)/%/anchor.h $(ABI)/%/exports.txt
	@mkdir -p $(@D)
	sed 's/.*/void &(void); void &(void) {}/' $(ABI)/$*/exports.txt > $(@D)/stub.c
	$(CC) -shared -fPIC -Wl,-soname,libanchor.so.0 $(@D)/stub.c -o $(@D)/libanchor.so
	$(CC) -std=c99 -D_POSIX_C_SOURCE=200809L $(ABI_WARNINGS) -I$(ABI)/$* $< -o $@ -L$(@D) -lanchor -Wl,-z,now
