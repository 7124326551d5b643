# Doxygen does not know this template of the standard library, and would show the inline namespace.
/is_error_code_enum/d
/ANCHOR_INLINE_NAMESPACE/d
# Doxygen recognises indented code only if all lines of a comment have the same margin.
s@^\( *\)/\*\* \([^@]\)@\1/**\n\1 * \2@
