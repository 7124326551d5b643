# What a release needs. Included by the Makefile at the root, where make is run.

include packaging/release/abi.mk
include packaging/release/lint.mk
