# In the header the contract has two columns. Make each of its terms a heading.
1,/\*\// {
/THE CONTRACT/d
s/^ \* \([A-Z][a-z]*\)   *\([A-Za-z0-9].*\)$/ * @par \1\n * \2/
s/^ \*          *\([^ ]\)/ *     \1/
}
# Document what the header leaves to its name, and hide what is not part of the interface.
s@^#define ANCHOR_VERSION_\(MAJOR\|MINOR\|PATCH\) @/** A part of ANCHOR_VERSION. */\n&@
s@^/\*\* Marks a result that@/* Marks a result that@
