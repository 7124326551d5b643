/* The header of an old version and the present one, one behind the other. A function or a type of a function that is
 * not the same in both is an error here, and so is a number. */

#include OLD_HEADER

#undef ANCHOR_H
#undef ANCHOR_VERSION
#undef ANCHOR_VERSION_MAJOR
#undef ANCHOR_VERSION_MINOR
#undef ANCHOR_VERSION_PATCH
#undef ANCHOR_MUST_USE
#include "anchor.h"
