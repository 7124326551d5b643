/** @file
 * Settings of a client. Included by anchor.hpp.
 */

#ifndef ANCHOR_OPTIONS_HPP
#define ANCHOR_OPTIONS_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anchor/outcome.hpp"

namespace anchor {
inline namespace ANCHOR_INLINE_NAMESPACE {

/** The level of a log line. */
enum class log_level : std::int32_t {
    /** The attempt was answered. */
    info = ANCHOR_LOG_INFO,
    /** The attempt or the call failed. */
    warning = ANCHOR_LOG_WARNING,
};

/** A log function: it receives one line of UTF-8 about each attempt, without the API key (of at
 * least 6 characters). The line is valid until the function returns. */
using log_function = std::function<void(log_level level, std::string_view line)>;

/** Settings of a client. A member that is not set means the default. */
struct options {
    /** The API key: 1 to 4096 visible ASCII characters. Default: the environment variable
     * ANCHORBROWSER_API_KEY. */
    std::optional<std::string> api_key = std::nullopt;
    /** The base URL of the API. Default: the environment variable ANCHORBROWSER_BASE_URL, or
     * https://api.anchorbrowser.io if it is not set. */
    std::optional<std::string> base_url = std::nullopt;
    /** The longest duration of a call, retries included: 1 ms to 24 h. Default: 30 s. */
    std::optional<std::chrono::milliseconds> timeout = std::nullopt;
    /** How often a failed request is repeated. 0 repeats nothing. Default: 2. */
    std::optional<std::uint32_t> max_retries = std::nullopt;
    /** The path of a PEM file with certificates to trust in addition to the system's. Default:
     * none. */
    std::optional<std::string> ca_file = std::nullopt;
    /** The path of a PEM file with the client's certificate and its private key, for servers that
     * ask for one (mutual TLS). Default: none. */
    std::optional<std::string> client_certificate = std::nullopt;
    /** The proxy: http://, https://, socks5:// or socks5h://, a host and a port. "": no proxy.
     * Default: the proxy variables of the environment. */
    std::optional<std::string> proxy = std::nullopt;
    /** Names and values of headers to send with every request. They override headers of the same
     * name in the environment variable ANCHORBROWSER_CUSTOM_HEADERS. */
    std::vector<std::pair<std::string, std::string>> headers = {};
    /** A function that receives a line about each attempt, on the thread that makes the call. Calls
     * on several threads may run it at the same time. Exceptions that it throws are ignored. The
     * client keeps a copy, which lives until its last call has returned. */
    log_function log = nullptr;
};

namespace detail {

/** The longest timeout of a call, and the longest wait for a completion. */
inline constexpr std::chrono::milliseconds day = std::chrono::hours(24);

/** Whether a call can have this timeout. anchor.h has no number for a negative one. */
inline bool is_usable(std::chrono::milliseconds timeout) noexcept {
    return timeout >= std::chrono::milliseconds(1) && timeout <= day;
}

inline std::uint64_t count(std::chrono::milliseconds timeout) noexcept {
    return static_cast<std::uint64_t>(std::max(timeout, std::chrono::milliseconds::zero()).count());
}

inline const char *c_str(const std::optional<std::string> &string) noexcept {
    return string ? string->c_str() : nullptr;
}

inline bool contains_nul(std::string_view string) noexcept {
    return string.find('\0') != std::string_view::npos;
}

/** The outcome for a string that anchor.h would read only up to the NUL. */
inline outcome refuse_nul(std::string_view argument) {
    return refuse(errc::invalid_argument, std::string(argument) + " contains a NUL character: remove it");
}

/** The name of the setting that contains a NUL; empty if none does. */
inline std::string_view setting_with_nul(const options &settings) noexcept {
    const std::pair<std::string_view, const std::optional<std::string> &> strings[] = {
        {"api_key", settings.api_key}, {"base_url", settings.base_url},
        {"ca_file", settings.ca_file}, {"client_certificate", settings.client_certificate},
        {"proxy", settings.proxy},
    };
    for (const auto &[name, value] : strings) {
        if (value && contains_nul(*value)) {
            return name;
        }
    }
    for (const auto &[name, value] : settings.headers) {
        if (contains_nul(name) || contains_nul(value)) {
            return "header";
        }
    }
    return {};
}

/** Refuses settings that cannot reach the library as they are. */
inline outcome check(const options &settings) {
    if (settings.timeout && !is_usable(*settings.timeout)) {
        return refuse(errc::invalid_argument, "timeout must be 1 ms to 24 h");
    }
    const std::string_view name = setting_with_nul(settings);
    return name.empty() ? outcome() : refuse_nul(name);
}

/** The log function for anchor.h. `user` is a log_function. */
inline void call_log(void *user, std::int32_t level, const char *line) {
    const auto &log = *static_cast<const log_function *>(user);
#ifdef __cpp_exceptions
    try {
        log(static_cast<log_level>(level), line);
    } catch (...) {
        // An exception must not unwind the library.
    }
#else
    log(static_cast<log_level>(level), line);
#endif
}

/** Applies the settings to options of anchor.h, and returns the first failure. `log` receives the
 * lines; nullptr: none. */
inline std::int32_t apply(const options &settings, log_function *log, anchor_options *to) {
    std::vector<std::int32_t> statuses = {
        anchor_options_set_wrapper(to, "cpp"),
        anchor_options_set_base_url(to, c_str(settings.base_url)),
        settings.timeout ? anchor_options_set_timeout_ms(to, count(*settings.timeout)) : ANCHOR_OK,
        settings.max_retries ? anchor_options_set_max_retries(to, *settings.max_retries) : ANCHOR_OK,
        anchor_options_set_ca_file(to, c_str(settings.ca_file)),
        anchor_options_set_client_certificate(to, c_str(settings.client_certificate)),
        anchor_options_set_proxy(to, c_str(settings.proxy)),
        anchor_options_set_log_callback(to, log != nullptr ? call_log : nullptr, log),
    };
    for (const auto &[name, value] : settings.headers) {
        statuses.push_back(anchor_options_set_header(to, name.c_str(), value.c_str()));
    }
    const auto failed = [](std::int32_t status) { return status != ANCHOR_OK; };
    const auto first = std::find_if(statuses.begin(), statuses.end(), failed);
    return first == statuses.end() ? ANCHOR_OK : *first;
}

} // namespace detail

} // namespace ANCHOR_INLINE_NAMESPACE
} // namespace anchor

#endif
