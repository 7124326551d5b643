# The contract on top of the header stands in two columns for its readers there; here each of its terms is a heading.
/THE CONTRACT/d
s/^ \* \([A-Z][a-z]*\)   *\([A-Z0-9].*\)$/ * @par \1\n * \2/
s/^ \*          *\([^ ]\)/ *     \1/
# What needs no words there has a row of its own here; what is no part of the interface has none.
s@^#define ANCHOR_VERSION_\(MAJOR\|MINOR\|PATCH\) @/** A part of ANCHOR_VERSION. */\n&@
s@^/\*\* Marks a result that@/* Marks a result that@
