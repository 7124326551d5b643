/** @file
 * libanchor for C++17: pause the video recording of an Anchor Browser session, and know that it paused.
 *
 *     anchor::client client;
 *     client.pause_recording("session-id"); // throws anchor::error
 *
 * Every function that throws anchor::error has an overload with std::nothrow that returns an anchor::outcome
 * instead, and the constructor has try_make; without exceptions (-fno-exceptions) only these exist.
 * std::bad_alloc may come from both.
 *
 * Any number of threads may pause through one client at once. Moving from, assigning to, closing or
 * destroying a client while another thread is using it is a data race, as with any object.
 */

#ifndef ANCHOR_HPP
#define ANCHOR_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
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

/** Gives things back to the library. What is deleted is a handle or a string of anchor.h. */
struct giver_back {
    void operator()(void *object) const noexcept { anchor_free(object); }
};

template <typename T> using owned = std::unique_ptr<T, giver_back>;

inline std::uint64_t count(std::chrono::milliseconds timeout) noexcept {
    return static_cast<std::uint64_t>(std::max(timeout, std::chrono::milliseconds::zero()).count());
}

inline std::string text(const owned<char> &string) {
    return string ? string.get() : std::string();
}

inline const char *c_str(const std::optional<std::string> &string) noexcept {
    return string ? string->c_str() : nullptr;
}

inline bool holds_nul(std::string_view string) noexcept {
    return string.find('\0') != std::string_view::npos;
}

} // namespace detail

/** The category "anchor" of error codes. */
inline const std::error_category &category() noexcept {
    static const detail::category instance;
    return instance;
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
    /** The HTTP status of the last answer; 0 if there was none. */
    std::int32_t http_status = 0;
    /** The requests that were begun: 1 more than the retries. 0 means that nothing was sent. */
    std::uint32_t attempts = 0;
    /** The API's name for the last request, for its support; empty if it gave none. */
    std::string request_id;
    /** The JSON text of the last answer, of a refusal as of a success; empty if there was none or it is not
     * JSON. */
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

/** For the one thing that anchor.h cannot see: it would take the string to end at the NUL. */
inline outcome refuse_nul(std::string_view argument) {
    outcome done;
    done.code = make_error_code(errc::invalid_argument);
    done.message.append(argument).append(" holds a NUL character");
    return done;
}

/** Adds what the call learnt. What it cannot tell stays 0 or empty. */
inline void read(const anchor_call *call, outcome &done) {
    char *request_id = nullptr;
    char *result = nullptr;
    anchor_call_http_status(call, &done.http_status);
    anchor_call_attempts(call, &done.attempts);
    anchor_call_request_id(call, &request_id);
    done.request_id = text(owned<char>(request_id));
    anchor_call_result(call, &result);
    done.result = text(owned<char>(result));
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
    const std::string &request_id() const noexcept { return outcome_->request_id; }
    const std::string &result() const noexcept { return outcome_->result; }

  private:
    // Shared, so that copying an exception cannot throw.
    std::shared_ptr<const outcome> outcome_;
};
#endif

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
};

namespace detail {

inline std::int32_t apply(const options &settings, anchor_options *to) {
    const std::int32_t statuses[] = {
        anchor_options_set_base_url(to, c_str(settings.base_url)),
        settings.timeout ? anchor_options_set_timeout_ms(to, count(*settings.timeout)) : ANCHOR_OK,
        settings.max_retries ? anchor_options_set_max_retries(to, *settings.max_retries) : ANCHOR_OK,
        anchor_options_set_ca_file(to, c_str(settings.ca_file)),
        anchor_options_set_proxy(to, c_str(settings.proxy)),
    };
    const auto failed = [](std::int32_t status) { return status != ANCHOR_OK; };
    const auto first = std::find_if(std::begin(statuses), std::end(statuses), failed);
    return first == std::end(statuses) ? ANCHOR_OK : *first;
}

/** Makes a client, unless the outcome says why not. */
inline owned<anchor_client> open(const options &settings, outcome &done) {
    const std::pair<const char *, const std::optional<std::string> &> strings[] = {
        {"api_key", settings.api_key},
        {"base_url", settings.base_url},
        {"ca_file", settings.ca_file},
        {"proxy", settings.proxy},
    };
    for (const auto &[name, value] : strings) {
        if (value && holds_nul(*value)) {
            done = refuse_nul(name);
            return nullptr;
        }
    }
    anchor_options *made = nullptr;
    anchor_client *client = nullptr;
    char *error = nullptr;
    std::int32_t status = anchor_options_new(&made);
    const owned<anchor_options> options(made);
    if (status == ANCHOR_OK) {
        status = apply(settings, made);
    }
    if (status == ANCHOR_OK) {
        status = anchor_client_new(c_str(settings.api_key), made, &client, &error);
    }
    owned<anchor_client> opened(client);
    done = conclude(status, owned<char>(error));
    return opened;
}

} // namespace detail

/** A call that another thread can cancel, or that has a timeout of its own. It serves one pause at a time. */
class call {
  public:
    /** If the library has none to give, the pause that this is given to fails with errc::resource_exhausted.
     */
    call() noexcept {
        anchor_call *made = nullptr;
        status_ = anchor_call_new(&made);
        handle_.reset(made);
    }
    call(const call &) = delete;
    call &operator=(const call &) = delete;

    /** In place of the client's timeout: 1 ms to a day, checked by the pause. */
    void set_timeout(std::chrono::milliseconds timeout) noexcept {
        anchor_call_set_timeout_ms(handle_.get(), detail::count(timeout));
    }

    /** Ends the pause that is under way, or else the next one before it sends anything, with errc::cancelled.
     * Any thread may call this, but no signal handler. A cancelled call stays cancelled. */
    void cancel() noexcept { anchor_call_cancel(handle_.get()); }

  private:
    friend class client;
    std::int32_t status_;
    detail::owned<anchor_call> handle_;
};

/** A key and settings that many calls share. It moves, but is not copied. */
class client {
  public:
#ifdef __cpp_exceptions
    /** Opens no connection. Throws error: errc::invalid_argument names the setting that is unusable. */
    explicit client(const options &settings = {}) {
        outcome done;
        handle_ = detail::open(settings, done);
        if (!done.ok()) {
            throw error(std::move(done));
        }
    }

    /** Pauses the recording of a session, whose id is 1 to 256 bytes of UTF-8. Returns only when the API
     * itself said that it did, else throws error. Blocks until the answer or the timeout, retries included.
     */
    outcome pause_recording(std::string_view session_id) const {
        call own;
        return pause_recording(session_id, own);
    }

    /** The same by a call that can be cancelled or has a timeout of its own. */
    outcome pause_recording(std::string_view session_id, call &by) const {
        outcome done = pause_recording(session_id, by, std::nothrow);
        if (!done.ok()) {
            throw error(std::move(done));
        }
        return done;
    }
#endif

    /** As the constructor, but instead of throwing error it returns nothing, and `done` says why. */
    [[nodiscard]] static std::optional<client> try_make(const options &settings, outcome &done) {
        client made(detail::open(settings, done));
        return done.ok() ? std::optional(std::move(made)) : std::nullopt;
    }

    /** As pause_recording, but instead of throwing error it returns an outcome that is not ok(). */
    [[nodiscard]] outcome pause_recording(std::string_view session_id, std::nothrow_t) const {
        call own;
        return pause_recording(session_id, own, std::nothrow);
    }

    /** The same by a call that can be cancelled or has a timeout of its own. */
    [[nodiscard]] outcome pause_recording(std::string_view session_id, call &by, std::nothrow_t) const {
        if (detail::holds_nul(session_id)) {
            return detail::refuse_nul("session_id");
        }
        if (!by.handle_) {
            return detail::conclude(by.status_, nullptr);
        }
        const std::string id(session_id);
        char *error = nullptr;
        const std::int32_t status =
            anchor_pause_recording(handle_.get(), id.c_str(), by.handle_.get(), &error);
        outcome done = detail::conclude(status, detail::owned<char>(error));
        detail::read(by.handle_.get(), done);
        return done;
    }

    /** Ends the client; again does nothing. A pause by it then fails with errc::invalid_argument, as it does
     * by a client that was moved from. */
    void close() noexcept {
        handle_.reset();
    }

  private:
    explicit client(detail::owned<anchor_client> handle) noexcept : handle_(std::move(handle)) {}

    detail::owned<anchor_client> handle_;
};

} // namespace anchor

#endif
