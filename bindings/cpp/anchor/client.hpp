/** @file
 * Settings, calls and clients. Included by anchor.hpp.
 */

#ifndef ANCHOR_CLIENT_HPP
#define ANCHOR_CLIENT_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "anchor/outcome.hpp"

namespace anchor {

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

inline std::int32_t apply(const options &settings, anchor_options *to) {
    const std::int32_t statuses[] = {
        anchor_options_set_wrapper(to, "cpp"),
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

/** A call that another thread can cancel, or that has settings of its own. It serves one call at a time. */
class call {
  public:
    /** If the library has none to give, what this is given to fails with errc::resource_exhausted. */
    call() noexcept {
        anchor_call *made = nullptr;
        status_ = anchor_call_new(&made);
        handle_.reset(made);
    }
    call(const call &) = delete;
    call &operator=(const call &) = delete;

    /** In place of the client's timeout: 1 ms to a day, checked by what this is given to. */
    void set_timeout(std::chrono::milliseconds timeout) noexcept {
        anchor_call_set_timeout_ms(handle_.get(), detail::count(timeout));
    }

    /** In place of the client's number; 0 sends exactly one request. */
    void set_max_retries(std::uint32_t max_retries) noexcept {
        anchor_call_set_max_retries(handle_.get(), max_retries);
    }

    /** Ends what is under way, or else the next one before it sends anything, with errc::cancelled.
     * Any thread may call this, but no signal handler. A cancelled call stays cancelled. */
    void cancel() noexcept { anchor_call_cancel(handle_.get()); }

  private:
    friend class client;
    std::int32_t status_;
    detail::owned<anchor_call> handle_;
};

/** A key and settings that many calls share. It moves, but is not copied.
 *
 * Each endpoint blocks until the answer or the timeout, retries included, and returns only when the API
 * itself said that it did what was asked, else throws error. With std::nothrow it returns an outcome that is
 * not ok() instead. A call in front of that can be cancelled or has settings of its own. Ids are 1 to 256
 * bytes of UTF-8. */
class client {
  public:
#ifdef __cpp_exceptions
    /** Opens no connection. Throws error: errc::invalid_argument names the setting that is unusable. */
    explicit client(const options &settings = {}) {
        outcome done;
        handle_ = detail::open(settings, done);
        detail::checked(std::move(done));
    }

    /** Pauses the recording of a session. Pausing what is paused already does no harm. */
    outcome pause_recording(std::string_view session_id, const call &by = call()) const {
        return detail::checked(pause_recording(session_id, by, std::nothrow));
    }

    /** Resumes the recording of a session. */
    outcome resume_recording(std::string_view session_id, const call &by = call()) const {
        return detail::checked(resume_recording(session_id, by, std::nothrow));
    }

    /** Lists the recordings of a session: the outcome's result is the API's JSON text. */
    outcome list_recordings(std::string_view session_id, const call &by = call()) const {
        return detail::checked(list_recordings(session_id, by, std::nothrow));
    }

    /** Deletes a recording by its id from the list, or "primary". A request that was sent is not repeated. */
    outcome delete_recording(std::string_view session_id, std::string_view recording_id,
                             const call &by = call()) const {
        return detail::checked(delete_recording(session_id, recording_id, by, std::nothrow));
    }
#endif

    /** As the constructor, but instead of throwing error it returns nothing, and `done` says why. */
    [[nodiscard]] static std::optional<client> try_make(const options &settings, outcome &done) {
        client made(detail::open(settings, done));
        return done.ok() ? std::optional(std::move(made)) : std::nullopt;
    }

    [[nodiscard]] outcome pause_recording(std::string_view session_id, std::nothrow_t) const {
        return pause_recording(session_id, call(), std::nothrow);
    }
    [[nodiscard]] outcome pause_recording(std::string_view session_id, const call &by, std::nothrow_t) const {
        return run(anchor_pause_recording, by, session_id);
    }

    [[nodiscard]] outcome resume_recording(std::string_view session_id, std::nothrow_t) const {
        return resume_recording(session_id, call(), std::nothrow);
    }
    [[nodiscard]] outcome resume_recording(std::string_view session_id, const call &by,
                                           std::nothrow_t) const {
        return run(anchor_resume_recording, by, session_id);
    }

    [[nodiscard]] outcome list_recordings(std::string_view session_id, std::nothrow_t) const {
        return list_recordings(session_id, call(), std::nothrow);
    }
    [[nodiscard]] outcome list_recordings(std::string_view session_id, const call &by, std::nothrow_t) const {
        return run(anchor_list_recordings, by, session_id);
    }

    [[nodiscard]] outcome delete_recording(std::string_view session_id, std::string_view recording_id,
                                           std::nothrow_t) const {
        return delete_recording(session_id, recording_id, call(), std::nothrow);
    }
    [[nodiscard]] outcome delete_recording(std::string_view session_id, std::string_view recording_id,
                                           const call &by, std::nothrow_t) const {
        return run(anchor_delete_recording, by, session_id, recording_id);
    }

    /** Ends the client; again does nothing. A call by it then fails with errc::invalid_argument, as it does
     * by a client that was moved from. */
    void close() noexcept {
        handle_.reset();
    }

  private:
    friend class paused_recording;

    explicit client(detail::owned<anchor_client> handle) noexcept : handle_(std::move(handle)) {}

    /** A function of anchor.h, for a session and perhaps a recording. */
    template <typename Function, typename... Ids>
    outcome run(Function function, const call &by, const Ids &...ids) const {
        const char *name = "session_id";
        for (const std::string_view id : {std::string_view(ids)...}) {
            if (detail::holds_nul(id)) {
                return detail::refuse_nul(name);
            }
            name = "recording_id";
        }
        if (!by.handle_) {
            return detail::conclude(by.status_, nullptr);
        }
        return detail::run(function, handle_.get(), by.handle_.get(), std::string(ids)...);
    }

    detail::owned<anchor_client> handle_;
};

} // namespace anchor

#endif
