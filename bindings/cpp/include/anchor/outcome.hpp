/** @file
 * What a call did, as an outcome or as an exception. Included by anchor.hpp.
 */

#ifndef ANCHOR_OUTCOME_HPP
#define ANCHOR_OUTCOME_HPP

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "anchor.h"

namespace anchor {

/** What can go wrong; the value of an error code is the status of anchor.h. An HTTP status that has no name
 * here is compared by `code.value() == 418`. */
enum class errc : std::int32_t {
    invalid_argument = ANCHOR_INVALID_ARGUMENT,
    invalid_handle = ANCHOR_INVALID_HANDLE,
    connect_failed = ANCHOR_CONNECT_FAILED,
    tls_failed = ANCHOR_TLS_FAILED,
    connection_lost = ANCHOR_CONNECTION_LOST,
    timeout = ANCHOR_TIMEOUT,
    cancelled = ANCHOR_CANCELLED,
    bad_response = ANCHOR_BAD_RESPONSE,
    resource_exhausted = ANCHOR_RESOURCE_EXHAUSTED,
    internal = ANCHOR_INTERNAL,
    unauthorized = ANCHOR_UNAUTHORIZED,
    not_found = ANCHOR_NOT_FOUND,
    rate_limited = ANCHOR_RATE_LIMITED,
    server_error = ANCHOR_SERVER_ERROR,
};

} // namespace anchor

template <> struct std::is_error_code_enum<anchor::errc> : std::true_type {};

namespace anchor {

namespace detail {

class category final : public std::error_category {
  public:
    const char *name() const noexcept override { return "anchor"; }

    std::string message(int status) const override { return anchor_status_name(status); }

    /** Only where a condition of <system_error> says no more than what is known. */
    std::error_condition default_error_condition(int status) const noexcept override {
        switch (status) {
        case ANCHOR_INVALID_ARGUMENT:
        case ANCHOR_INVALID_HANDLE:
            return std::errc::invalid_argument;
        case ANCHOR_CONNECT_FAILED:
            return std::errc::not_connected;
        case ANCHOR_CONNECTION_LOST:
            return std::errc::connection_reset;
        case ANCHOR_TIMEOUT:
            return std::errc::timed_out;
        case ANCHOR_CANCELLED:
            return std::errc::operation_canceled;
        case ANCHOR_BAD_RESPONSE:
            return std::errc::bad_message;
        default:
            return {status, *this};
        }
    }
};

/** Never destroyed: an error code that a static object holds may be asked at the process's end. */
union immortal_category {
    immortal_category() noexcept : value() {}
    immortal_category(const immortal_category &) = delete;
    immortal_category &operator=(const immortal_category &) = delete;
    ~immortal_category() {} // NOLINT(modernize-use-equals-default): it would be deleted

    category value;
};

/** Gives things back to the library. What is deleted is a handle or a string of anchor.h. */
struct giver_back {
    void operator()(void *object) const noexcept { anchor_free(object); }
};

template <typename T> using owned = std::unique_ptr<T, giver_back>;

inline std::string text(const owned<char> &string) {
    return string ? string.get() : std::string();
}

} // namespace detail

/** The category "anchor" of error codes. */
inline const std::error_category &category() noexcept {
    static const detail::immortal_category instance;
    return instance.value;
}

inline std::error_code make_error_code(errc status) noexcept {
    return {static_cast<int>(status), category()};
}

/** What a call did and learnt. */
struct outcome {
    /** Zero on success, else an errc: `outcome.code == anchor::errc::timeout`. */
    std::error_code code;
    /** One line of UTF-8 that says what failed and what to do; empty on success. Never holds the API key. */
    std::string message;
    /** The HTTP status that the last request got; 0 if it got no answer. */
    std::int32_t http_status = 0;
    /** The requests that were begun: 1 more than the retries. 0 means that nothing was sent. */
    std::uint32_t attempts = 0;
    /** How long the answer to the last request asked to wait before the next one; 0 if it did
     * not ask. */
    std::chrono::milliseconds retry_after{0};
    /** The API's name for the last request, for its support; empty if it gave none. */
    std::string request_id;
    /** The JSON text of the answer to the last request, of a refusal as of a success; empty if
     * there was no answer, or if it is not JSON. */
    std::string result;

    bool ok() const noexcept { return !code; }
};

namespace detail {

/** A status of anchor.h with its message; without one, the status's name stands in. */
inline outcome conclude(std::int32_t status, const owned<char> &message) {
    outcome done;
    if (status != ANCHOR_OK) {
        done.code = make_error_code(static_cast<errc>(status));
        done.message = message ? message.get() : anchor_status_name(status);
    }
    return done;
}

/** Adds what the call learnt. What it cannot tell stays 0 or empty. */
inline void read(const anchor_call *call, outcome &done) {
    char *request_id = nullptr;
    char *result = nullptr;
    anchor_call_http_status(call, &done.http_status);
    anchor_call_attempts(call, &done.attempts);
    std::uint64_t retry_after_ms = 0;
    anchor_call_retry_after_ms(call, &retry_after_ms);
    done.retry_after = std::chrono::milliseconds(retry_after_ms);
    anchor_call_request_id(call, &request_id);
    done.request_id = text(owned<char>(request_id));
    anchor_call_result(call, &result);
    done.result = text(owned<char>(result));
}

/** Whether a terminal takes the character that begins here for more than a part of the line: it
 * separates lines or paragraphs (U+2028, U+2029) or turns the direction of writing (U+202A to
 * U+202E, U+2066 to U+2069). */
inline bool moves(std::string_view text) noexcept {
    const std::string_view begin = text.substr(0, 2);
    const auto last = static_cast<unsigned char>(text.size() > 2 ? text[2] : '\0');
    return (begin == "\xE2\x80" && last >= 0xA8 && last <= 0xAE) ||
           (begin == "\xE2\x81" && last >= 0xA6 && last <= 0xA9);
}

/** An id between quotes, as the library's messages show it. */
inline std::string quoted(std::string_view id) {
    std::string made = "\"";
    for (std::size_t at = 0; at < id.size(); at++) {
        if (moves(id.substr(at))) {
            made += ' ';
            at += 2;
            continue;
        }
        if (id[at] == '"') {
            made += '\\';
        }
        made += id[at];
    }
    return made += '"';
}

/** What a failed resume means, with its cause, so that nobody takes it for a failed pause. */
inline std::string not_resumed(std::string_view session_id, std::string_view cause) {
    const std::string id = quoted(session_id);
    std::string made = "the body ran, and the recording of session " + id;
    made.append(" may still be paused; resume it with client.resume_recording(").append(id).append("): ");
    return made.append(cause);
}

/** Makes a call by a function of anchor.h, and tells all about it. */
template <typename Function, typename... Texts>
outcome run(Function function, anchor_client *client, anchor_call *call, Texts... texts) {
    char *error = nullptr;
    const std::int32_t status = function(client, texts..., call, &error);
    outcome done = conclude(status, owned<char>(error));
    read(call, done);
    return done;
}

} // namespace detail

#ifdef __cpp_exceptions
/** A call that failed; what() is the outcome's message. */
class error : public std::system_error {
  public:
    explicit error(outcome failed)
        : system_error(failed.code), outcome_(std::make_shared<const outcome>(std::move(failed))) {}

    const char *what() const noexcept override { return outcome_->message.c_str(); }
    std::int32_t http_status() const noexcept { return outcome_->http_status; }
    std::uint32_t attempts() const noexcept { return outcome_->attempts; }
    std::chrono::milliseconds retry_after() const noexcept { return outcome_->retry_after; }
    const std::string &request_id() const noexcept { return outcome_->request_id; }
    const std::string &result() const noexcept { return outcome_->result; }

  private:
    // Shared, so that copying an exception cannot throw.
    std::shared_ptr<const outcome> outcome_;
};

namespace detail {

/** Throws what failed. */
inline outcome checked(outcome done) {
    if (!done.ok()) {
        throw error(std::move(done));
    }
    return done;
}

} // namespace detail
#endif

} // namespace anchor

#endif
