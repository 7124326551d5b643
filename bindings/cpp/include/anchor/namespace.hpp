/** @file
 * The namespace of everything else. Included by anchor.hpp.
 */

#ifndef ANCHOR_NAMESPACE_HPP
#define ANCHOR_NAMESPACE_HPP

// Objects that were compiled with and without exceptions may be in one program. Functions of one name
// then have two bodies, of which the linker would keep either, so their full names differ.
#ifdef __cpp_exceptions
#define ANCHOR_INLINE_NAMESPACE with_exceptions
#else
#define ANCHOR_INLINE_NAMESPACE without_exceptions
#endif

#endif
