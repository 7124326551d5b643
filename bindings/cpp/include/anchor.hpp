/** @file
 * libanchor for C++17: pause the video recording of an Anchor Browser session, and know that it paused; resume, list,
 * delete and download recordings.
 *
 *     anchor::client client;
 *     anchor::while_paused(client, "session-id", [&] { type(secret); }); // throws anchor::error
 *
 * This is the one header to include; the folder anchor beside it holds its parts.
 *
 * Every function that throws anchor::error has an overload with std::nothrow that returns an anchor::outcome
 * instead, and constructors have try_make; without exceptions (-fno-exceptions) only these exist.
 * std::bad_alloc may come from both, and what the program's own functions throw.
 *
 * Any number of threads may use one client at once. Moving from, assigning to, closing or destroying a client
 * while another thread is using it is a data race, as with any object; a call that has begun comes to its end.
 */

#ifndef ANCHOR_HPP
#define ANCHOR_HPP

#include "anchor/call.hpp"
#include "anchor/client.hpp"
#include "anchor/options.hpp"
#include "anchor/outcome.hpp"
#include "anchor/paused.hpp"

#endif
