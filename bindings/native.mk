# Builds and tests what is written in C and C++. Included by the Makefile at the root, where make is run.
#
#   test-header      include/anchor.h compiles by itself, in every standard and by every compiler
#   test-c           the wrapper for C
#   test-cpp         the wrapper for C++
#   examples-native  examples/pause.c and examples/pause.cpp, and their test
#
# NATIVE_LIBDIR is the folder that holds libanchor.so; ANCHOR_SANDBOX, if it is set, the sandbox program. The root's path may
# hold blanks: targets are relative, and what may be absolute is quoted in recipes only.

NATIVE_LIBDIR ?= target/release
PYTHON ?= python3
CFLAGS ?= -O1 -g
CXXFLAGS ?= -O1 -g

NATIVE_OUT := build/native
# What was built with another NATIVE_LIBDIR is tested with this one all the same.
NATIVE_LIBRARY_PATH = LD_LIBRARY_PATH="$$(cd "$(NATIVE_LIBDIR)" && pwd)"
NATIVE_WITH_SANDBOX = $(NATIVE_LIBRARY_PATH) $(PYTHON) tools/with_sandbox.py --deadline 180 --
# Clang takes part where it is installed; the output of test-header says which compilers there were.
NATIVE_CCS := gcc $(shell command -v clang >/dev/null && echo clang)
NATIVE_CXXS := g++ $(shell command -v clang++ >/dev/null && echo clang++)

NATIVE_WARNINGS := -Wall -Wextra -Wpedantic -Werror
NATIVE_CFLAGS = $(NATIVE_WARNINGS) -D_POSIX_C_SOURCE=200809L -Iinclude -Itests/wrappers/support -Ibindings/c/include -pthread
NATIVE_CXXFLAGS = $(NATIVE_WARNINGS) -Wconversion -Wshadow -Iinclude -Itests/wrappers/support -Ibindings/cpp/include -pthread
NATIVE_NO_EXCEPTIONS := -fno-exceptions -fno-rtti
# The separate arguments keep a comma in the path from being taken for the linker's.
NATIVE_LINK = -L"$(NATIVE_LIBDIR)" -lanchor -Xlinker -rpath -Xlinker "$$(cd "$(NATIVE_LIBDIR)" && pwd)"
NATIVE_BUILD_C = $(CC) -std=c99 $(NATIVE_CFLAGS) $(CFLAGS) $< $(NATIVE_WRAPPER) $(NATIVE_LINK) $(LDFLAGS) -o $@
NATIVE_BUILD_CPP = $(CXX) -std=c++17 $(NATIVE_CXXFLAGS) $(CXXFLAGS) $< $(NATIVE_LINK) $(LDFLAGS) -o $@

NATIVE_C_TESTS := test_easy test_easy_answers test_easy_endpoints test_easy_download test_easy_held \
	test_easy_overlap test_easy_exit test_easy_settings test_easy_input test_easy_message
NATIVE_CPP_TESTS := test_anchor test_answers test_endpoints test_download test_call test_paused test_overlap test_exit \
	test_memory test_settings test_input test_error test_no_exceptions
NATIVE_INCLUDED := $(shell find include bindings/c bindings/cpp tests/wrappers/support -name '*.h' -o -name '*.hpp' -o -name anchor_easy.c)

.PHONY: test-header test-c test-cpp examples-native

# $(call native_compile,COMPILERS,LANGUAGE,STANDARDS,FLAGS,FILES): every file by every compiler in every standard.
define native_compile
@for compiler in $(1); do for standard in $(3); do for file in $(5); do \
    "$$compiler" -x $(2) -std=$$standard $(4) -fsyntax-only "$$file" || exit 1; \
done; done; done; echo "$(2), $(3), by $(1): $(5)"
endef

test-header:
	$(call native_compile,$(NATIVE_CCS),c,c99 c11 c17,$(NATIVE_WARNINGS),include/anchor.h)
	$(call native_compile,$(NATIVE_CXXS),c++,c++11 c++17 c++20,$(NATIVE_WARNINGS),include/anchor.h)

test-c: $(NATIVE_C_TESTS:%=$(NATIVE_OUT)/%)
	$(call native_compile,$(NATIVE_CCS),c,c99 c11 c17,$(NATIVE_CFLAGS) -Ibindings/c/src,$(wildcard bindings/c/*/*.c) examples/pause.c)
	$(call native_compile,$(NATIVE_CXXS),c++,c++11 c++17 c++20,$(NATIVE_CFLAGS),bindings/c/include/anchor_easy.h)
	@for test in $^; do $(NATIVE_WITH_SANDBOX) "$$test" || exit 1; done

test-cpp: $(NATIVE_CPP_TESTS:%=$(NATIVE_OUT)/%)
	$(call native_compile,$(NATIVE_CXXS),c++,c++17 c++20,$(NATIVE_CXXFLAGS),\
	    $(filter-out %/test_no_exceptions.cpp,$(wildcard bindings/cpp/tests/*.cpp)) examples/pause.cpp)
	$(call native_compile,$(NATIVE_CXXS),c++,c++17 c++20,$(NATIVE_CXXFLAGS) $(NATIVE_NO_EXCEPTIONS),\
	    bindings/cpp/tests/test_no_exceptions.cpp)
	@$(PYTHON) bindings/cpp/tests/refuse_bodies.py --flags="$(NATIVE_CXXFLAGS)" $(NATIVE_CXXS)
	@for test in $^; do $(NATIVE_WITH_SANDBOX) "$$test" || exit 1; done

examples-native: $(NATIVE_OUT)/pause_c $(NATIVE_OUT)/pause_cpp
	@for example in $^; do $(NATIVE_WITH_SANDBOX) $(PYTHON) tests/wrappers/check_pause_example.py "$$example" || exit 1; done

$(NATIVE_OUT):
	mkdir -p $@

# test_easy_message includes the wrapper's source instead.
$(filter-out %/test_easy_message,$(NATIVE_C_TESTS:%=$(NATIVE_OUT)/%)): NATIVE_WRAPPER := bindings/c/src/anchor_easy.c
$(NATIVE_C_TESTS:%=$(NATIVE_OUT)/%): $(NATIVE_OUT)/%: bindings/c/tests/%.c $(NATIVE_INCLUDED) | $(NATIVE_OUT)
	$(NATIVE_BUILD_C)
$(NATIVE_OUT)/pause_c: examples/pause.c $(NATIVE_INCLUDED) | $(NATIVE_OUT)
	$(NATIVE_BUILD_C)

$(NATIVE_OUT)/test_easy_message: NATIVE_CFLAGS += -Ibindings/c/src
$(NATIVE_OUT)/test_no_exceptions: NATIVE_CXXFLAGS += $(NATIVE_NO_EXCEPTIONS)
$(NATIVE_CPP_TESTS:%=$(NATIVE_OUT)/%): $(NATIVE_OUT)/%: bindings/cpp/tests/%.cpp $(NATIVE_INCLUDED) | $(NATIVE_OUT)
	$(NATIVE_BUILD_CPP)
$(NATIVE_OUT)/pause_cpp: examples/pause.cpp $(NATIVE_INCLUDED) | $(NATIVE_OUT)
	$(NATIVE_BUILD_CPP)
