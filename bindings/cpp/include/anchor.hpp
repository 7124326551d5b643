/** @file
 * libanchor for C++17: pause the video recording of an Anchor Browser session, and be certain that
 * it paused. Resume, list, delete and download recordings.
 *
 *     anchor::client client;
 *     anchor::while_paused(client, "session-id", [&] { type(secret); }); // throws anchor::error
 *
 * Include only this header. Its parts are in the folder anchor next to it.
 *
 * Every function that throws anchor::error has an overload with std::nothrow, which returns an
 * anchor::outcome instead, and every constructor that throws it has a try_make. Without exceptions
 * (-fno-exceptions) only these exist. Both kinds of function may throw std::bad_alloc and the
 * exceptions of the program's own functions.
 *
 * Any number of threads may use one client at once. Do not close, destroy, assign or move from a
 * client while another thread uses it: that is a data race, as with any object. A call that has
 * begun by then runs to its end.
 */

#ifndef ANCHOR_HPP
#define ANCHOR_HPP

// Microsoft's compiler states the standard in _MSVC_LANG.
#if __cplusplus < 201703L && (!defined(_MSVC_LANG) || _MSVC_LANG < 201703L)
#error "anchor.hpp needs C++17: compile with -std=c++17 or a later standard"
#else

#include "anchor/call.hpp"
#include "anchor/client.hpp"
#include "anchor/options.hpp"
#include "anchor/outcome.hpp"
#include "anchor/paused.hpp"
#include "anchor/queue.hpp"

#endif
#endif
