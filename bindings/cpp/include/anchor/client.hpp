/** @file
 * Settings, calls and clients. Included by anchor.hpp.
 */

#ifndef ANCHOR_CLIENT_HPP
#define ANCHOR_CLIENT_HPP

#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "anchor/call.hpp"
#include "anchor/options.hpp"
#include "anchor/outcome.hpp"

namespace anchor {

namespace detail {

/** A client of anchor.h, and what its log lines go to. */
struct opened {
    std::shared_ptr<log_function> log;
    owned<anchor_client> handle;
};

/** Makes a client, unless the outcome says why not. */
inline opened open(const options &settings, outcome &done) {
    if (const std::string_view name = setting_with_nul(settings); !name.empty()) {
        done = refuse_nul(name);
        return {};
    }
    opened made;
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
    done = conclude(status, owned<char>(error));
    return made;
}

/** An argument of a function of anchor.h. */
struct argument {
    argument(const char *of, std::optional<std::string_view> value) : name(of), text(value) {}

    const char *name;
    // Ends with NUL, as the value need not.
    std::optional<std::string> text;
};

/** A path in UTF-8. */
inline std::string utf8(const std::filesystem::path &path) {
    // C++20 has characters of their own for it.
    const auto text = path.u8string();
    return std::string(text.begin(), text.end());
}

} // namespace detail

/** A key and settings that many calls share. It moves, but is not copied.
 *
 * Each endpoint blocks until the answer or the timeout, retries included. It returns only when the
 * API confirmed what was asked, else it throws error. With std::nothrow it returns an outcome that
 * is not ok() instead. A call in front of that can be watched and cancelled, or has settings of its
 * own.
 *
 * Ids are 1 to 256 bytes of UTF-8 without control characters, "/", "\" or "%", and not "." or
 * "..". */
class client {
  public:
#ifdef __cpp_exceptions
    /** Opens no connection. Throws error: errc::invalid_argument names the setting that is unusable. */
    explicit client(const options &settings = {}) {
        outcome done;
        opened_ = detail::open(settings, done);
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

    /** Deletes a recording by its id from the list, or "primary". A request that was sent is
     * repeated only if the server said that nothing was done: with 429 or with x-should-retry:
     * true. */
    outcome delete_recording(std::string_view session_id, std::string_view recording_id,
                             const call &by = call()) const {
        return detail::checked(delete_recording(session_id, recording_id, by, std::nothrow));
    }

    /** Downloads the primary recording of a session to a file, which is replaced when the video is whole, and not
     * before. Cut off, it goes on where it ended; what has come of one that failed is kept beside the file for the
     * next call. The timeout counts for the whole download: give a long video a call with a longer one.
     *
     * errc::invalid_argument too if the file cannot be written, is no regular file, or is being written by another
     * download; errc::resource_exhausted too if the disk is full. */
    outcome download_recording(std::string_view session_id, const std::filesystem::path &file,
                               const call &by = call()) const {
        return detail::checked(download_recording(session_id, file, by, std::nothrow));
    }

    /** Sends any request of the API: the outcome's result is the JSON text of the answer.
     *
     * The method is GET, POST, PUT, PATCH or DELETE. GET and PUT are repeated as pausing is. The
     * others are repeated only if nothing was sent, or if the server said that nothing was done:
     * with 429 or with x-should-retry: true. The path begins with a slash, and is percent-encoded,
     * with a query if need be: "/v1/sessions?page=2". The body is JSON text.
     *
     * Success is an HTTP status of 200 to 299 with any JSON value, but not with an object whose
     * "error" is other than null. With 201, 202 and 204 the body may be empty, and so is the
     * result. */
    outcome request(std::string_view method, std::string_view path,
                    std::optional<std::string_view> body = std::nullopt, const call &by = call()) const {
        return detail::checked(request(method, path, body, by, std::nothrow));
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
        return run(anchor_pause_recording, by, of(session_id));
    }

    [[nodiscard]] outcome resume_recording(std::string_view session_id, std::nothrow_t) const {
        return resume_recording(session_id, call(), std::nothrow);
    }
    [[nodiscard]] outcome resume_recording(std::string_view session_id, const call &by,
                                           std::nothrow_t) const {
        return run(anchor_resume_recording, by, of(session_id));
    }

    [[nodiscard]] outcome list_recordings(std::string_view session_id, std::nothrow_t) const {
        return list_recordings(session_id, call(), std::nothrow);
    }
    [[nodiscard]] outcome list_recordings(std::string_view session_id, const call &by, std::nothrow_t) const {
        return run(anchor_list_recordings, by, of(session_id));
    }

    [[nodiscard]] outcome delete_recording(std::string_view session_id, std::string_view recording_id,
                                           std::nothrow_t) const {
        return delete_recording(session_id, recording_id, call(), std::nothrow);
    }
    [[nodiscard]] outcome delete_recording(std::string_view session_id, std::string_view recording_id,
                                           const call &by, std::nothrow_t) const {
        return run(anchor_delete_recording, by, of(session_id),
                   detail::argument("recording_id", recording_id));
    }

    [[nodiscard]] outcome download_recording(std::string_view session_id, const std::filesystem::path &file,
                                             std::nothrow_t) const {
        return download_recording(session_id, file, call(), std::nothrow);
    }
    [[nodiscard]] outcome download_recording(std::string_view session_id, const std::filesystem::path &file,
                                             const call &by, std::nothrow_t) const {
        return run(anchor_download_recording, by, of(session_id),
                   detail::argument("file", detail::utf8(file)));
    }

    [[nodiscard]] outcome request(std::string_view method, std::string_view path, std::nothrow_t) const {
        return request(method, path, std::nullopt, call(), std::nothrow);
    }
    [[nodiscard]] outcome request(std::string_view method, std::string_view path,
                                  std::optional<std::string_view> body, std::nothrow_t) const {
        return request(method, path, body, call(), std::nothrow);
    }
    [[nodiscard]] outcome request(std::string_view method, std::string_view path,
                                  std::optional<std::string_view> body, const call &by,
                                  std::nothrow_t) const {
        return run(anchor_request, by, detail::argument("method", method), detail::argument("path", path),
                   detail::argument("body", body));
    }

    /** Ends the client; again does nothing. A call by it then fails with errc::invalid_argument, as it does
     * by a client that was moved from. One that has begun comes to its end. */
    void close() noexcept {
        opened_ = {};
    }

  private:
    friend class paused_recording;

    explicit client(detail::opened opened) noexcept : opened_(std::move(opened)) {}

    static detail::argument of(std::string_view session_id) {
        return {"session_id", session_id};
    }

    /** Calls a function of anchor.h. */
    template <typename Function, typename... Arguments>
    outcome run(Function function, const call &by, const Arguments &...arguments) const {
        for (const detail::argument *argument : {&arguments...}) {
            if (argument->text && detail::holds_nul(*argument->text)) {
                return detail::refuse_nul(argument->name);
            }
        }
        if (!by.handle_) {
            return detail::conclude(by.status_, nullptr);
        }
        // The client may be closed meanwhile, by the host's own functions for example.
        const std::shared_ptr<log_function> log = opened_.log;
        std::exception_ptr thrown;
        const auto watched = [&function, &by, &thrown](auto... all) {
            const std::int32_t status = function(all...);
            thrown = by.take_thrown(status);
            return status;
        };
        outcome done =
            detail::run(watched, opened_.handle.get(), by.handle_.get(), detail::c_str(arguments.text)...);
#ifdef __cpp_exceptions
        if (thrown) {
            std::rethrow_exception(thrown);
        }
#endif
        return done;
    }

    detail::opened opened_;
};

} // namespace anchor

#endif
