# Hosts that misuse the library, and what they must not be able to do to it. Included by the Makefile at the root.
#
#   test-misuse       a few seconds of every check
#   test-misuse-long  millions of steps, memory checkers, every order of events: several minutes
#
# Each check ends with one line of figures. Those of test-misuse-long run alone by their own names too.

MISUSE_OUT := build/misuse
MISUSE := $(addprefix tests/misuse/,misuse.c exports.c requests.c pool.c inputs.c judge.c)
MISUSE_FLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Wpedantic -Werror -Iinclude
MISUSE_LINK := -Ltarget/release -lanchor -pthread "-Wl,-rpath,$(CURDIR)/target/release"
MISUSE_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
# A new one each time: a failure prints it, and MISUSE_SEED=.. tries it again.
MISUSE_SEED ?= $(shell date +%s)
MISUSE_RUN = $(WITH_SANDBOX) $(1) include/anchor.h --seed $(MISUSE_SEED)
MISUSE_CARGO := $(CARGO) test --quiet --locked --manifest-path tests/misuse/models/Cargo.toml

.PHONY: test-misuse test-misuse-long misuse misuse-panics misuse-limits misuse-long misuse-sanitized misuse-valgrind \
	misuse-c-sanitized misuse-models

test-misuse: misuse misuse-panics misuse-sanitized

test-misuse-long: misuse-long misuse-limits misuse-valgrind misuse-c-sanitized misuse-models

$(MISUSE_OUT): | lib sandbox
	@mkdir -p $@

$(MISUSE_OUT)/misuse: $(MISUSE) $(wildcard tests/misuse/*.h) include/anchor.h | $(MISUSE_OUT)
	$(CC) $(MISUSE_FLAGS) $(MISUSE) -o $@ $(MISUSE_LINK)

$(MISUSE_OUT)/misuse-sanitized: $(MISUSE) $(wildcard tests/misuse/*.h) include/anchor.h | $(MISUSE_OUT)
	$(CC) $(MISUSE_FLAGS) $(MISUSE_SANITIZE) $(MISUSE) -o $@ $(MISUSE_LINK)

# It stands between the library and the system, so the library must see its functions.
$(MISUSE_OUT)/panics: tests/misuse/panics.c tests/hosts/host.h | $(MISUSE_OUT)
	$(CC) $(MISUSE_FLAGS) -rdynamic $< -o $@ $(MISUSE_LINK)

$(MISUSE_OUT)/limits: tests/misuse/limits.c tests/hosts/host.h | $(MISUSE_OUT)
	$(CC) $(MISUSE_FLAGS) $< -o $@ $(MISUSE_LINK)

$(MISUSE_OUT)/overflow: tests/misuse/overflow.c | $(MISUSE_OUT)
	$(CC) -O1 $(MISUSE_SANITIZE) $< -o $@

# A sanitizer that is not linked finds nothing.
.PHONY: misuse-sanitizer
misuse-sanitizer: $(MISUSE_OUT)/overflow
	@! $< 2>$(MISUSE_OUT)/overflow.err && grep -q "AddressSanitizer: heap-buffer-overflow" $(MISUSE_OUT)/overflow.err
	@! $< signed 2>$(MISUSE_OUT)/overflow.err && grep -q "signed integer overflow" $(MISUSE_OUT)/overflow.err

# A thread alone frees messages twice too.
misuse: $(MISUSE_OUT)/misuse
	@$(call MISUSE_RUN,$<) --steps 100000 --threads 1
	@$(call MISUSE_RUN,$<) --steps 200000 --threads 4

misuse-long: $(MISUSE_OUT)/misuse
	@$(call MISUSE_RUN,$<) --steps 1000000 --threads 1
	@for more in 1 2 3 4 5; do $(call MISUSE_RUN,$<)$$more --steps 3000000 --threads 8 || exit 1; done

misuse-sanitized: $(MISUSE_OUT)/misuse-sanitized misuse-sanitizer
	@$(call MISUSE_RUN,$<) --steps 200000 --threads 4

misuse-valgrind: $(MISUSE_OUT)/misuse
	$(call need,valgrind,valgrind)
	@$(call MISUSE_RUN,valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
		--show-leak-kinds=definite $<) --steps 100000 --threads 4

misuse-panics: $(MISUSE_OUT)/panics
	@$(WITH_SANDBOX) $<

misuse-limits: $(MISUSE_OUT)/limits
	@$(WITH_SANDBOX) $<

# The C wrapper's tests. Not by CFLAGS: make gives those to cargo too, which would build the library's C with them.
misuse-c-sanitized: misuse-sanitizer
	@$(MAKE) --no-print-directory test-c NATIVE_OUT=$(MISUSE_OUT)/c \
		NATIVE_WARNINGS="$(NATIVE_WARNINGS) $(MISUSE_SANITIZE)" \
		> $(MISUSE_OUT)/c.out || { cat $(MISUSE_OUT)/c.out; exit 1; }
	@awk '/ checks, 0 failed$$/ { programs++; checks += $$2 } \
		END { print programs " programs, " checks " checks, 0 failed, 0 found by the sanitizers"; exit programs == 0 }' \
		$(MISUSE_OUT)/c.out

misuse-models: | $(MISUSE_OUT)
	@timeout 600 $(MISUSE_CARGO) -- --nocapture --test-threads 2 > $(MISUSE_OUT)/models.out 2>&1 || \
		{ cat $(MISUSE_OUT)/models.out; exit 1; }
	@awk '/ orders$$/ { models++; orders += $$(NF - 1) } \
		END { print models " models, " orders " orders of events, 0 failed"; exit models == 0 }' $(MISUSE_OUT)/models.out
