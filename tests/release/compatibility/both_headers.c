/* The header of an older version, followed by the present one. Two different declarations of a function, a type or a number
 * are an error. */

#include OLD_HEADER

#undef ANCHOR_H
#undef ANCHOR_VERSION
#undef ANCHOR_VERSION_MAJOR
#undef ANCHOR_VERSION_MINOR
#undef ANCHOR_VERSION_PATCH
#undef ANCHOR_MUST_USE
#include "anchor.h"
