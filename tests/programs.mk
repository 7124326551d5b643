# Builds the programs of the tests, the examples and the benchmark. Included by the Makefile in the
# root folder.

CFLAGS ?= -O1 -g
CXXFLAGS ?= -O1 -g
WARNINGS := -Wall -Wextra -Wpedantic -Werror
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
C_FLAGS := $(WARNINGS) -D_POSIX_C_SOURCE=200809L -Iinclude -Ibindings/c/include -Ibindings/c/src -Itests/wrappers/support -pthread
CPP_FLAGS := $(WARNINGS) -Wconversion -Wshadow -Iinclude -Ibindings/cpp/include -Itests/wrappers/support -pthread
NO_EXCEPTIONS := -fno-exceptions -fno-rtti
# tests/run and tools/lint compile with the same flags.
export WARNINGS C_FLAGS CPP_FLAGS NO_EXCEPTIONS
# As arguments of their own: -Wl would split the path at a comma.
LINK = -Ltarget/release -lanchor -pthread -Xlinker -rpath -Xlinker "$(CURDIR)/target/release"
HEADERS := $(shell find include bindings tests -name '*.h' -o -name '*.hpp') bindings/c/src/anchor_easy.c

# Every rule below makes its program anew if any header changed, and brings the library up to date
# first.
build = @mkdir -p $(@D) && echo "$(@F)" && $(1) $(EXTRA_FLAGS) $(2) -o $@ $(LINK)

build/examples/%-c: examples/%.c $(HEADERS) | lib
	$(call build,$(CC) -std=c99 $(CFLAGS) $(C_FLAGS),$< bindings/c/src/anchor_easy.c)
build/examples/%-cpp: examples/%.cpp $(HEADERS) | lib
	$(call build,$(CXX) -std=c++17 $(CXXFLAGS) $(CPP_FLAGS),$<)

# A test that includes the source of the C wrapper is not linked with it again.
EASY = $(if $(shell grep '"anchor_easy.c"' $<),,bindings/c/src/anchor_easy.c)
build/c/%: bindings/c/tests/%.c $(HEADERS) | lib
	$(call build,$(CC) -std=c99 $(CFLAGS) $(C_FLAGS),$< $(EASY))
build/c-sanitized/%: bindings/c/tests/%.c $(HEADERS) | lib
	$(call build,$(CC) -std=c99 $(CFLAGS) $(C_FLAGS) $(SANITIZE),$< $(EASY))

build/cpp/test_no_exceptions: EXTRA_FLAGS = $(NO_EXCEPTIONS)
build/cpp/linked_no_exceptions.o: bindings/cpp/tests/linked_no_exceptions.cpp $(HEADERS)
	@mkdir -p $(@D)
	$(CXX) -std=c++17 $(CXXFLAGS) $(CPP_FLAGS) $(NO_EXCEPTIONS) -c $< -o $@
# First, because the linker keeps the first of several bodies of a function.
build/cpp/test_mixed_objects: EXTRA_FLAGS = build/cpp/linked_no_exceptions.o
build/cpp/test_mixed_objects: build/cpp/linked_no_exceptions.o
build/cpp/%: bindings/cpp/tests/%.cpp $(HEADERS) | lib
	$(call build,$(CXX) -std=c++17 $(CXXFLAGS) $(CPP_FLAGS),$<)

# These hosts define functions that the library must see, or must not take for its own.
build/hosts/symbols build/hosts/pausing build/misuse/panics: EXTRA_FLAGS = -rdynamic
# This host loads the library itself.
build/hosts/unload: LINK = -pthread
build/hosts/%: tests/hosts/%.c $(HEADERS) | lib
	$(call build,$(CC) -std=gnu11 $(CFLAGS) $(WARNINGS) -Iinclude,$<)

MISUSE := $(addprefix tests/misuse/,misuse.c exports.c requests.c pool.c inputs.c judge.c)
build/misuse/misuse-sanitized build/misuse/overflow: EXTRA_FLAGS = $(SANITIZE)
build/misuse/misuse build/misuse/misuse-sanitized: $(MISUSE) $(HEADERS) | lib
	$(call build,$(CC) -std=gnu11 $(CFLAGS) $(WARNINGS) -Iinclude,$(MISUSE))
build/misuse/%: tests/misuse/%.c $(HEADERS) | lib
	$(call build,$(CC) -std=gnu11 $(CFLAGS) $(WARNINGS) -Iinclude,$<)

build/secrets/%-c: tests/wrappers/secrets/%.c $(HEADERS) | lib
	$(call build,$(CC) -std=c99 $(CFLAGS) $(C_FLAGS) -Itests,$<)
build/secrets/%-cpp: tests/wrappers/secrets/%.cpp $(HEADERS) | lib
	$(call build,$(CXX) -std=c++17 $(CXXFLAGS) $(CPP_FLAGS),$<)

GO_PROGRAMS := build/examples/pause-go build/hosts/go build/secrets/talk-go build/bench/go
build/examples/pause-go: examples/pause.go
build/secrets/talk-go: tests/wrappers/secrets/talk.go
build/hosts/go: tests/hosts/main.go
# The Go runtime then checks every pointer that crosses to C.
build/hosts/go: export GOEXPERIMENT = cgocheck2
build/bench/go: $(wildcard tools/bench/programs/*.go)
$(GO_PROGRAMS): $(shell find bindings/go -name '*.go' -o -name '*.[ch]') | lib
	cd bindings/go && $(GO) build -tags $(GO_TAGS) -o ../../$@ $(addprefix ../../,$(filter-out bindings/go/%,$^))
