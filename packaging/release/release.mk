# What a release needs. Included by the Makefile at the root, where make is run.
#
#   release-check   whether what is in git can be released; RELEASE_TAG is the tag that it is to have
#   checksums       build/dist/SHA256SUMS, of everything beside it
#   test-release    whether release-check would notice

include packaging/release/abi.mk
include packaging/release/lint.mk

DIST = build/dist
RELEASE_TAG =

.PHONY: release-check checksums
release-check: header lint-reuse
	$(PYTHON) tests/release/supply/third_party.py THIRD-PARTY-LICENSES --check
	$(PYTHON) packaging/release/check.py $(RELEASE_TAG)

checksums:
	@test -n "$$(ls $(DIST) 2>/dev/null)" || { echo "checksums: there is nothing in $(DIST): build a release first"; exit 1; }
	@cd $(DIST) && rm -f SHA256SUMS && find . -type f ! -name SHA256SUMS | sed 's|^\./||' | LC_ALL=C sort \
		| tr '\n' '\0' | xargs -0 sha256sum > ../SHA256SUMS && mv ../SHA256SUMS SHA256SUMS
	@echo "$(DIST)/SHA256SUMS: $$(wc -l < $(DIST)/SHA256SUMS) files"

# Whether release-check notices what it is there for.
.PHONY: test-release
test-release: $(VENV)/ready
	$(VENV)/bin/python -m pytest -q -p no:cacheprovider packaging/release
