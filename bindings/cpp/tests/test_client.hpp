/** @file
 * Clients for the tests of the C++ wrapper.
 */

#ifndef TEST_CLIENT_HPP
#define TEST_CLIENT_HPP

#include "anchor.hpp"
#include "test_support.h"

/** Settings of a client for the sandbox at the base URL in an environment variable. */
inline anchor::options settings_for(const char *variable,
                                    std::optional<std::uint32_t> max_retries = std::nullopt) {
    anchor::options settings;
    settings.base_url = from_environment(variable);
    settings.max_retries = max_retries;
    return settings;
}

/** A client that sends each request once. */
inline anchor::client client_without_retries() {
    return anchor::client(settings_for("SANDBOX_URL", 0));
}

#endif
