/** @file
 * The outcome of a call, as a value and as an exception. Included by anchor.hpp.
 */

#ifndef ANCHOR_OUTCOME_HPP
#define ANCHOR_OUTCOME_HPP

#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "anchor.h"
#include "anchor/namespace.hpp"

namespace anchor {
inline namespace ANCHOR_INLINE_NAMESPACE {

/** Errors of a call. The value of an error code is the status of anchor.h. Compare an HTTP status
 * that has no name here by its value: `code.value() == 418`. */
enum class errc : std::int32_t {
    /** An argument or a setting is unusable. The message names it. Nothing was sent. */
    invalid_argument = ANCHOR_INVALID_ARGUMENT,
    /** The client was closed or moved from. Nothing was sent. */
    invalid_handle = ANCHOR_INVALID_HANDLE,
    /** No connection could be made. Nothing was sent. */
    connect_failed = ANCHOR_CONNECT_FAILED,
    /** The certificate of the server or the TLS handshake was not acceptable. Nothing was sent. */
    tls_failed = ANCHOR_TLS_FAILED,
    /** The connection was lost before the complete answer. The request may have taken effect. */
    connection_lost = ANCHOR_CONNECTION_LOST,
    /** The timeout passed. The request may have taken effect. */
    timeout = ANCHOR_TIMEOUT,
    /** The call was cancelled. The request may have taken effect, unless attempts is 0. */
    cancelled = ANCHOR_CANCELLED,
    /** The answer did not confirm the request. Assume that it had no effect. */
    bad_response = ANCHOR_BAD_RESPONSE,
    /** The process ran out of file descriptors, threads, memory or disk space. */
    resource_exhausted = ANCHOR_RESOURCE_EXHAUSTED,
    /** A fault inside the library. Please report its message. */
    internal = ANCHOR_INTERNAL,
    /** HTTP 401: the API key was not accepted. */
    unauthorized = ANCHOR_UNAUTHORIZED,
    /** HTTP 404: the session, the recording or the path does not exist. */
    not_found = ANCHOR_NOT_FOUND,
    /** HTTP 429: too many requests. */
    rate_limited = ANCHOR_RATE_LIMITED,
    /** HTTP 500: the API failed. */
    server_error = ANCHOR_SERVER_ERROR,
};

} // namespace ANCHOR_INLINE_NAMESPACE
} // namespace anchor

template <> struct std::is_error_code_enum<anchor::errc> : std::true_type {};

namespace anchor {
inline namespace ANCHOR_INLINE_NAMESPACE {

namespace detail {

class category final : public std::error_category {
  public:
    const char *name() const noexcept override { return "anchor"; }

    std::string message(int status) const override {
        switch (status) {
        case ANCHOR_INVALID_ARGUMENT:
            return "an argument or a setting is unusable";
        case ANCHOR_INVALID_HANDLE:
            return "a handle is invalid, or its object is closed";
        case ANCHOR_CONNECT_FAILED:
            return "no connection could be made";
        case ANCHOR_TLS_FAILED:
            return "the TLS handshake failed";
        case ANCHOR_CONNECTION_LOST:
            return "the connection was lost";
        case ANCHOR_TIMEOUT:
            return "the timeout passed";
        case ANCHOR_CANCELLED:
            return "the call was cancelled";
        case ANCHOR_BAD_RESPONSE:
            return "the answer did not confirm the request";
        case ANCHOR_RESOURCE_EXHAUSTED:
            return "descriptors, threads, memory or disk space ran out";
        case ANCHOR_INTERNAL:
            return "a fault inside the library";
        case ANCHOR_UNAUTHORIZED:
            return "HTTP 401: the API key was not accepted";
        case ANCHOR_NOT_FOUND:
            return "HTTP 404: the session, the recording or the path does not exist";
        case ANCHOR_RATE_LIMITED:
            return "HTTP 429: too many requests";
        case ANCHOR_SERVER_ERROR:
            return "HTTP 500: the API failed";
        default:
            return (status < 300 ? "unknown status " : "HTTP status ") + std::to_string(status);
        }
    }

    /** Maps a status to a condition of <system_error> only if the condition claims no more. */
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

/** Never destroyed, because static objects may use their error codes while the process exits. */
union immortal_category {
    immortal_category() noexcept : value() {}
    immortal_category(const immortal_category &) = delete;
    immortal_category &operator=(const immortal_category &) = delete;
    ~immortal_category() {} // NOLINT(modernize-use-equals-default): = default would delete it

    category value;
};

/** Frees a handle or a string of anchor.h. */
struct deleter {
    void operator()(void *object) const noexcept { anchor_free(object); }
};

template <typename T> using owned = std::unique_ptr<T, deleter>;

inline std::string text(const owned<char> &string) {
    return string ? string.get() : std::string();
}

} // namespace detail

/** The category of the error codes, with the name "anchor". */
inline const std::error_category &category() noexcept {
    static const detail::immortal_category instance;
    return instance.value;
}

/** Makes an error code, which is called by the conversion from errc. */
inline std::error_code make_error_code(errc status) noexcept {
    return {static_cast<int>(status), category()};
}

/** Whether a code is this error. Shared objects that hide their symbols have a category each, so the
 * name of the category counts, and not its address. */
inline bool operator==(const std::error_code &code, errc status) noexcept {
    return code.value() == static_cast<int>(status) && std::strcmp(code.category().name(), "anchor") == 0;
}
/** Whether a code is this error. */
inline bool operator==(errc status, const std::error_code &code) noexcept {
    return code == status;
}
/** Whether a code is not this error: another one, or success. */
inline bool operator!=(const std::error_code &code, errc status) noexcept {
    return !(code == status);
}
/** Whether a code is not this error: another one, or success. */
inline bool operator!=(errc status, const std::error_code &code) noexcept {
    return !(code == status);
}

/** The outcome of a call. */
struct outcome {
    /** 0 on success. Compare it with an errc: `outcome.code == anchor::errc::timeout`. */
    std::error_code code;
    /** One line of UTF-8 that says what failed and what to do next, without the API key (of at
     * least 6 characters); empty on success. */
    std::string message;
    /** The HTTP status of the answer to the last request; 0 if it was not answered. */
    std::int32_t http_status = 0;
    /** The number of requests that were begun: one more than the number of retries; 0 if the call
     * failed before the first. 0 means that nothing was sent. */
    std::uint32_t attempts = 0;
    /** The delay that the answer to the last request asked for before the next one; 0 if it asked
     * for none. */
    std::chrono::milliseconds retry_after{0};
    /** The id that the API gave the last request, for a question to its support; empty if there was
     * none. */
    std::string request_id;
    /** The JSON text of the answer to the last request, after a success and after a refusal; empty
     * if there was no answer, or if it is not JSON. */
    std::string result;

    /** Whether the call succeeded. */
    bool ok() const noexcept { return !code; }
    /** The same, for conditions: `if (auto done = ...)`. */
    explicit operator bool() const noexcept { return ok(); }
};

namespace detail {

/** Makes an outcome of a status, and the message or else the name of the status. */
inline outcome make_outcome(std::int32_t status, const owned<char> &message) {
    outcome done;
    if (status != ANCHOR_OK) {
        done.code = make_error_code(static_cast<errc>(status));
        done.message = message ? message.get() : anchor_status_name(status);
    }
    return done;
}

/** The outcome of a call that the wrapper refuses. */
inline outcome refuse(errc code, std::string_view message) {
    outcome done;
    done.code = make_error_code(code);
    done.message = message;
    return done;
}

/** Adds the details of the call to the outcome. Unknown ones stay 0 or empty. */
inline void read_call(const anchor_call *call, outcome &done) {
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

/** Whether a terminal may break the line at the first character (U+2028, U+2029) or change the
 * direction of writing (U+202A to U+202E, U+2066 to U+2069). */
inline bool starts_with_layout_control(std::string_view text) noexcept {
    const std::string_view begin = text.substr(0, 2);
    const auto last = static_cast<unsigned char>(text.size() > 2 ? text[2] : '\0');
    return (begin == "\xE2\x80" && last >= 0xA8 && last <= 0xAE) ||
           (begin == "\xE2\x81" && last >= 0xA6 && last <= 0xA9);
}

/** An id in quotes, as in the messages of the library. */
inline std::string quoted(std::string_view id) {
    std::string made = "\"";
    for (std::size_t at = 0; at < id.size(); at++) {
        if (starts_with_layout_control(id.substr(at))) {
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

/** The message of a failed resume: an explanation, so that it does not look like a failed pause,
 * and the cause. The session is named only if the cause names it: the library hides the API key,
 * which an id may contain. After a 404 the session has ended, so that nobody is advised to resume. */
inline std::string not_resumed(std::string_view session_id, const outcome &failed) {
    const std::string id = quoted(session_id);
    const bool is_named = failed.message.find("session " + id) != std::string::npos;
    std::string made = "the body ran, and the recording";
    made.append(is_named ? " of session " + id : "");
    if (failed.code == errc::not_found) {
        made.append(" was not resumed");
    } else {
        made.append(" may still be paused; resume it with client.resume_recording");
        made.append(is_named ? "(" + id + ")" : "");
    }
    return made.append(": ").append(failed.message);
}

/** Makes a call by a function of anchor.h, and returns its outcome. */
template <typename Function, typename... Texts>
outcome run(Function function, anchor_client *client, anchor_call *call, Texts... texts) {
    char *error = nullptr;
    const std::int32_t status = function(client, texts..., call, &error);
    outcome done = make_outcome(status, owned<char>(error));
    read_call(call, done);
    return done;
}

} // namespace detail

#ifdef __cpp_exceptions
class queue;

/** The exception for a failed call. Its functions return the members of the outcome. */
class error : public std::system_error {
  public:
    /** Makes an exception of an outcome that is not ok(). */
    explicit error(outcome failed)
        : system_error(failed.code), outcome_(std::make_shared<const outcome>(std::move(failed))) {}

    /** The message of the outcome. */
    const char *what() const noexcept override { return outcome_->message.c_str(); }
    /** See outcome::http_status. */
    std::int32_t http_status() const noexcept { return outcome_->http_status; }
    /** See outcome::attempts. */
    std::uint32_t attempts() const noexcept { return outcome_->attempts; }
    /** See outcome::retry_after. */
    std::chrono::milliseconds retry_after() const noexcept { return outcome_->retry_after; }
    /** See outcome::request_id. */
    const std::string &request_id() const noexcept { return outcome_->request_id; }
    /** See outcome::result. */
    const std::string &result() const noexcept { return outcome_->result; }

  private:
    friend class queue;

    // Shared, so that copying an exception cannot throw.
    std::shared_ptr<const outcome> outcome_;
};

namespace detail {

/** Returns the outcome, or throws it as an error if it is not ok(). */
inline outcome checked(outcome done) {
    if (!done.ok()) {
        throw error(std::move(done));
    }
    return done;
}

} // namespace detail
#endif

} // namespace ANCHOR_INLINE_NAMESPACE
} // namespace anchor

#endif
