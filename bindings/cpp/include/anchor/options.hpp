/** @file
 * Settings for clients. Included by anchor.hpp.
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

/** What a line of the log is about. */
enum class log_level : std::int32_t {
    /** An answer. */
    info = ANCHOR_LOG_INFO,
    /** An attempt or a call that failed. */
    warning = ANCHOR_LOG_WARNING,
};

/** Is told of each attempt, in one line of UTF-8 without the API key, which is gone when this returns. */
using log_function = std::function<void(log_level level, std::string_view line)>;

/** Settings for a client. What is not set is the default. */
struct options {
    /** Else the environment's ANCHORBROWSER_API_KEY. */
    std::optional<std::string> api_key = std::nullopt;
    /** Else the environment's ANCHORBROWSER_BASE_URL, else https://api.anchorbrowser.io. */
    std::optional<std::string> base_url = std::nullopt;
    /** The longest that a call may take, 1 ms to a day, retries included. Else 30 s. */
    std::optional<std::chrono::milliseconds> timeout = std::nullopt;
    /** How often a failed request is repeated; 0 sends exactly one. Else 2. */
    std::optional<std::uint32_t> max_retries = std::nullopt;
    /** The path of a PEM file with certificates to trust beside the system's. */
    std::optional<std::string> ca_file = std::nullopt;
    /** http:// or https://, a host and a port; "" is none. Else what the environment says. */
    std::optional<std::string> proxy = std::nullopt;
    /** Names and values of headers in addition to the environment's ANCHORBROWSER_CUSTOM_HEADERS, where the same
     * ones give way to these. */
    std::vector<std::pair<std::string, std::string>> headers = {};
    /** Called on the thread that makes the call, and by several at once if several make calls. What it throws is
     * dropped. The client keeps a copy, which outlives the last call by it. */
    log_function log = nullptr;
};

namespace detail {

inline std::uint64_t count(std::chrono::milliseconds timeout) noexcept {
    return static_cast<std::uint64_t>(std::max(timeout, std::chrono::milliseconds::zero()).count());
}

inline const char *c_str(const std::optional<std::string> &string) noexcept {
    return string ? string->c_str() : nullptr;
}

inline bool holds_nul(std::string_view string) noexcept {
    return string.find('\0') != std::string_view::npos;
}

/** For the one thing that anchor.h cannot see: it would take the string to end at the NUL. */
inline outcome refuse_nul(std::string_view argument) {
    outcome done;
    done.code = make_error_code(errc::invalid_argument);
    done.message.append(argument).append(" holds a NUL character");
    return done;
}

/** The setting that holds a NUL; empty if none does. */
inline std::string_view setting_with_nul(const options &settings) noexcept {
    const std::pair<std::string_view, const std::optional<std::string> &> strings[] = {
        {"api_key", settings.api_key},
        {"base_url", settings.base_url},
        {"ca_file", settings.ca_file},
        {"proxy", settings.proxy},
    };
    for (const auto &[name, value] : strings) {
        if (value && holds_nul(*value)) {
            return name;
        }
    }
    for (const auto &[name, value] : settings.headers) {
        if (holds_nul(name) || holds_nul(value)) {
            return "header";
        }
    }
    return {};
}

/** What anchor.h calls; `user` is a log_function. */
inline void write_log(void *user, std::int32_t level, const char *line) {
    const auto &log = *static_cast<const log_function *>(user);
#ifdef __cpp_exceptions
    try {
        log(static_cast<log_level>(level), line);
    } catch (...) {
        // It must not unwind the library.
    }
#else
    log(static_cast<log_level>(level), line);
#endif
}

/** The options of anchor.h with these settings; `log` is what the lines go to, if anything. */
inline std::int32_t apply(const options &settings, log_function *log, anchor_options *to) {
    std::vector<std::int32_t> statuses = {
        anchor_options_set_wrapper(to, "cpp"),
        anchor_options_set_base_url(to, c_str(settings.base_url)),
        settings.timeout ? anchor_options_set_timeout_ms(to, count(*settings.timeout)) : ANCHOR_OK,
        settings.max_retries ? anchor_options_set_max_retries(to, *settings.max_retries) : ANCHOR_OK,
        anchor_options_set_ca_file(to, c_str(settings.ca_file)),
        anchor_options_set_proxy(to, c_str(settings.proxy)),
        anchor_options_set_log_callback(to, log != nullptr ? write_log : nullptr, log),
    };
    for (const auto &[name, value] : settings.headers) {
        statuses.push_back(anchor_options_set_header(to, name.c_str(), value.c_str()));
    }
    const auto failed = [](std::int32_t status) { return status != ANCHOR_OK; };
    const auto first = std::find_if(statuses.begin(), statuses.end(), failed);
    return first == statuses.end() ? ANCHOR_OK : *first;
}

} // namespace detail

} // namespace anchor

#endif
