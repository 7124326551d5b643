/** @file
 * The client: one function for each operation of the API. Included by anchor.hpp.
 */

#ifndef ANCHOR_CLIENT_HPP
#define ANCHOR_CLIENT_HPP

#include <cstdint>
#include <exception>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#if __has_include(<expected>)
#include <expected>
#endif

#include "anchor/call.hpp"
#include "anchor/options.hpp"
#include "anchor/outcome.hpp"

namespace anchor {
inline namespace ANCHOR_INLINE_NAMESPACE {

namespace detail {

/** A client of anchor.h, and the log function that it uses. */
struct open_client {
    std::shared_ptr<log_function> log;
    owned<anchor_client> handle;
};

/** Makes a client. If that fails, the handle is empty and the outcome says why. */
inline open_client open(const options &settings, outcome &done) {
    done = check(settings);
    if (!done.ok()) {
        return {};
    }
    open_client made;
    if (settings.log) {
        made.log = std::make_shared<log_function>(settings.log);
    }
    anchor_options *raw_options = nullptr;
    anchor_client *raw_client = nullptr;
    char *error = nullptr;
    std::int32_t status = anchor_options_new(&raw_options);
    const owned<anchor_options> options(raw_options);
    if (status == ANCHOR_OK) {
        status = apply(settings, made.log.get(), raw_options);
    }
    if (status == ANCHOR_OK) {
        status = anchor_client_new(c_str(settings.api_key), raw_options, &raw_client, &error);
    }
    made.handle.reset(raw_client);
    done = make_outcome(status, owned<char>(error));
    return made;
}

/** An argument of a function of anchor.h. */
struct argument {
    argument(const char *of, std::optional<std::string_view> value) : name(of), text(value) {}

    const char *name;
    // A copy, because the value need not end with NUL.
    std::optional<std::string> text;
};

/** The path in UTF-8. */
inline std::string utf8(const std::filesystem::path &path) {
    // In C++20 this is a std::u8string.
    const auto text = path.u8string();
    return std::string(text.begin(), text.end());
}

} // namespace detail

/** An API client: credentials, default settings and the shared connection pool. It can be moved,
 * but not copied.
 *
 * A function that makes a call blocks until the answer or the timeout, retries included. It returns
 * only if the API confirmed the request, and throws error otherwise. With std::nothrow it returns
 * an outcome that is not ok() instead. Pass a call to change the settings for one call, to observe
 * its progress or to cancel it.
 *
 * An id is 1 to 256 bytes of UTF-8 without control characters, "/", "\" or "%", and not "." or
 * "..".
 *
 * Any function may fail with any errc, or with the HTTP status of the API's answer, 300 to 599. See
 * errc for what each of them says about the request. */
class client {
  public:
#ifdef __cpp_exceptions
    /** Makes a client. It opens no connection: the first call does. It reads the environment, so do
     * not change it (setenv) on another thread at the same time.
     *
     * Throws error: errc::invalid_argument if a setting is unusable or the CA file cannot be read,
     * errc::resource_exhausted. */
    explicit client(const options &settings = {}) {
        outcome done;
        opened_ = detail::open(settings, done);
        detail::checked(std::move(done));
    }

    /** Pauses the recording of a session. Pausing twice has the same effect as once. After an
     * error, assume that the session is still being recorded. */
    outcome pause_recording(std::string_view session_id, const call &settings = call()) const {
        return detail::checked(pause_recording(session_id, settings, std::nothrow));
    }

    /** Resumes the recording of a session. After an error, the recording may still be paused:
     * resume again. */
    outcome resume_recording(std::string_view session_id, const call &settings = call()) const {
        return detail::checked(resume_recording(session_id, settings, std::nothrow));
    }

    /** Lists the recordings of a session. The result of the outcome is the JSON text of the API. */
    outcome list_recordings(std::string_view session_id, const call &settings = call()) const {
        return detail::checked(list_recordings(session_id, settings, std::nothrow));
    }

    /** Deletes a recording, by its id from the list. "primary" is the main recording of the session.
     *
     * A request is repeated only if nothing was sent, or if the server said by 429,
     * x-should-retry: true or HTTP/2 that it had no effect. After errc::connection_lost,
     * errc::timeout or errc::cancelled, the recording may be deleted or not. */
    outcome delete_recording(std::string_view session_id, std::string_view recording_id,
                             const call &settings = call()) const {
        return detail::checked(delete_recording(session_id, recording_id, settings, std::nothrow));
    }

    /** Downloads the primary recording of a session to a file, in constant memory.
     *
     * An existing file is replaced when the video is complete. Until then the video grows next to
     * it, in a file whose name ends in ".part". "/dev/stdout", "/dev/fd/N" and a FIFO get the video
     * as it arrives. An interrupted download is resumed if the server supports it. The part of a
     * failed download is kept for the next call with the same session and file.
     *
     * The timeout applies to the whole download. For a long video, pass a call with a longer one.
     *
     * Throws error: errc::invalid_argument also if the file cannot be written, is a folder, a
     * device or another user's in a shared folder, or is being written by another download of the
     * same session: nothing was sent; errc::resource_exhausted also if the disk is full, or if the file cannot be written
     * after the request was sent. */
    outcome download_recording(std::string_view session_id, const std::filesystem::path &file,
                               const call &settings = call()) const {
        return detail::checked(download_recording(session_id, file, settings, std::nothrow));
    }

    /** Sends any request to the API, with the same authentication, retries and checks as the other
     * functions. The result of the outcome is the JSON text of the answer.
     *
     * The method is "GET", "POST", "PUT", "PATCH" or "DELETE". GET and PUT are repeated like a
     * pause. The others are repeated only if nothing was sent, or if the server said by 429,
     * x-should-retry: true or HTTP/2 that the request had no effect.
     *
     * The path begins with a slash and may contain a query: "/v1/sessions?page=2". It is
     * percent-encoded, and cannot address another host. The body is JSON text; std::nullopt: none.
     *
     * Success is an HTTP status of 200 to 299 with any JSON, except an object with an "error" other
     * than null. With 201, 202 and 204 the body may be empty. The result is empty then. */
    outcome request(std::string_view method, std::string_view path,
                    std::optional<std::string_view> body = std::nullopt,
                    const call &settings = call()) const {
        return detail::checked(request(method, path, body, settings, std::nothrow));
    }

    /** Makes the connection that the next call needs: looks up the host, opens TCP, and negotiates
     * TLS. It sends no request, so it has no effect on any session.
     *
     * Call it a few seconds before a form appears. The pause before the secret then takes one round
     * trip to the server instead of three or more. A call without a free connection makes its own,
     * so this is never necessary.
     *
     * Success does not mean that the API accepts the key or knows a session: only an answer can
     * tell. If a connection is free, nothing is done. The library closes a connection that was not
     * used for 90 seconds, and many servers close it earlier.
     *
     * Any thread may call this, and any thread may use the connection. It serves one call at a
     * time: of the calls that begin at the same time, one uses it, and the others make their own.
     * Calls of a queue use only connections that were made in that queue.
     *
     * Throws error, but never with an HTTP status. The attempts of the outcome are attempts to
     * connect. */
    outcome connect(const call &settings = call()) const {
        return detail::checked(connect(settings, std::nothrow));
    }
#else
    explicit client(const options & = {}) = delete; // without exceptions, use anchor::client::try_make
#endif

    /** Makes a client without throwing error. On failure it returns std::nullopt, and `done` says
     * why. */
    [[nodiscard]] static std::optional<client> try_make(const options &settings, outcome &done) {
        client made(detail::open(settings, done));
        return done.ok() ? std::optional(std::move(made)) : std::nullopt;
    }

#ifdef __cpp_lib_expected
    /** Makes a client without throwing error, and returns the outcome if that fails. From C++23 on. */
    [[nodiscard]] static std::expected<client, outcome> make(const options &settings = {}) {
        outcome done;
        client made(detail::open(settings, done));
        if (!done) {
            return std::unexpected(std::move(done));
        }
        return made;
    }
#endif

    /** Pauses the recording without throwing error. If the outcome is not ok(), assume that the
     * session is still being recorded. */
    [[nodiscard]] outcome pause_recording(std::string_view session_id, std::nothrow_t) const {
        return pause_recording(session_id, call(), std::nothrow);
    }
    [[nodiscard]] outcome pause_recording(std::string_view session_id, const call &settings,
                                          std::nothrow_t) const {
        return run(anchor_pause_recording, settings, session(session_id));
    }

    /** Resumes the recording without throwing error. If the outcome is not ok(), the recording may
     * still be paused: resume again. */
    [[nodiscard]] outcome resume_recording(std::string_view session_id, std::nothrow_t) const {
        return resume_recording(session_id, call(), std::nothrow);
    }
    [[nodiscard]] outcome resume_recording(std::string_view session_id, const call &settings,
                                           std::nothrow_t) const {
        return run(anchor_resume_recording, settings, session(session_id));
    }

    /** Lists the recordings without throwing error. */
    [[nodiscard]] outcome list_recordings(std::string_view session_id, std::nothrow_t) const {
        return list_recordings(session_id, call(), std::nothrow);
    }
    [[nodiscard]] outcome list_recordings(std::string_view session_id, const call &settings,
                                          std::nothrow_t) const {
        return run(anchor_list_recordings, settings, session(session_id));
    }

    /** Deletes the recording without throwing error. */
    [[nodiscard]] outcome delete_recording(std::string_view session_id, std::string_view recording_id,
                                           std::nothrow_t) const {
        return delete_recording(session_id, recording_id, call(), std::nothrow);
    }
    [[nodiscard]] outcome delete_recording(std::string_view session_id, std::string_view recording_id,
                                           const call &settings, std::nothrow_t) const {
        return run(anchor_delete_recording, settings, session(session_id),
                   detail::argument("recording_id", recording_id));
    }

    /** Downloads the recording without throwing error. An exception of the progress function is
     * still thrown. */
    [[nodiscard]] outcome download_recording(std::string_view session_id, const std::filesystem::path &file,
                                             std::nothrow_t) const {
        return download_recording(session_id, file, call(), std::nothrow);
    }
    [[nodiscard]] outcome download_recording(std::string_view session_id, const std::filesystem::path &file,
                                             const call &settings, std::nothrow_t) const {
        return run(anchor_download_recording, settings, session(session_id),
                   detail::argument("file", detail::utf8(file)));
    }

    /** Sends the request without throwing error. */
    [[nodiscard]] outcome request(std::string_view method, std::string_view path, std::nothrow_t) const {
        return request(method, path, std::nullopt, call(), std::nothrow);
    }
    [[nodiscard]] outcome request(std::string_view method, std::string_view path,
                                  std::optional<std::string_view> body, std::nothrow_t) const {
        return request(method, path, body, call(), std::nothrow);
    }
    [[nodiscard]] outcome request(std::string_view method, std::string_view path,
                                  std::optional<std::string_view> body, const call &settings,
                                  std::nothrow_t) const {
        return run(anchor_request, settings, detail::argument("method", method),
                   detail::argument("path", path), detail::argument("body", body));
    }

    /** Makes the connection without throwing error. The outcome may be ignored: the next call then
     * makes the connection. */
    outcome connect(std::nothrow_t) const {
        return connect(call(), std::nothrow);
    }
    outcome connect(const call &settings, std::nothrow_t) const {
        return run(anchor_connect, settings);
    }

    /** Closes the client. Closing it again does nothing. A later call fails with errc::invalid_handle,
     * as it does if the client was moved from. A call that is already running runs to its end. */
    void close() noexcept {
        opened_ = {};
    }

    /** Returns the handle of anchor.h, for what this class does not offer. It stays
     * the property of this object. After close() it is nullptr. */
    [[nodiscard]] anchor_client *native_handle() const noexcept {
        return opened_.handle.get();
    }

  private:
    friend class paused_recording;

    explicit client(detail::open_client made) noexcept : opened_(std::move(made)) {}

    static detail::argument session(std::string_view session_id) {
        return {"session_id", session_id};
    }

    /** Refuses a call whose arguments cannot be handed to the library. */
    template <typename... Arguments>
    outcome check(const call &settings, const Arguments &...arguments) const {
        if (!opened_.handle) {
            return detail::refuse(errc::invalid_handle,
                                  "the client was closed or moved from: use one that is open");
        }
        const std::initializer_list<const detail::argument *> all = {&arguments...};
        for (const detail::argument *argument : all) {
            if (argument->text && detail::contains_nul(*argument->text)) {
                return detail::refuse_nul(argument->name);
            }
        }
        if (!settings.has_usable_timeout_) {
            return detail::refuse(errc::invalid_argument, "call: timeout must be 1 ms to 24 h");
        }
        return detail::make_outcome(settings.status_, nullptr);
    }

    /** Makes a call by a function of anchor.h. */
    template <typename Function, typename... Arguments>
    outcome run(Function function, const call &settings, const Arguments &...arguments) const {
        outcome refused = check(settings, arguments...);
        if (!refused.ok()) {
            return refused;
        }
        settings.apply_progress();
        // Keeps the log function alive if the client is closed during the call, for example by it.
        const std::shared_ptr<log_function> log = opened_.log;
        std::exception_ptr thrown;
        const auto observed = [&function, &settings, &thrown](auto... all) {
            const std::int32_t status = function(all...);
            thrown = settings.take_thrown(status);
            return status;
        };
        outcome done = detail::run(observed, opened_.handle.get(), settings.handle_.get(),
                                   detail::c_str(arguments.text)...);
#ifdef __cpp_exceptions
        if (thrown) {
            std::rethrow_exception(thrown);
        }
#endif
        return done;
    }

    detail::open_client opened_;
};

} // namespace ANCHOR_INLINE_NAMESPACE
} // namespace anchor

#endif
