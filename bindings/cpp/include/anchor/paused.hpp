/** @file
 * A recording that is paused for a while, and resumed whatever happens. Included by anchor.hpp.
 */

#ifndef ANCHOR_PAUSED_HPP
#define ANCHOR_PAUSED_HPP

#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "anchor/body.hpp"
#include "anchor/client.hpp"

namespace anchor {

#ifdef __cpp_exceptions
/** The body ran, but the recording could not be resumed: it may still be paused, and
 * client::resume_recording tries it again. It never says that pausing failed.
 *
 * code() and the other functions of error tell what cause() does. Catch this one before error. */
class not_resumed_error : public error {
  public:
    not_resumed_error(std::string session_id, outcome failed)
        : error(explained(session_id, failed)),
          why_(std::make_shared<const why>(std::move(session_id), error(std::move(failed)))) {}

    /** The session whose recording may still be paused. */
    const std::string &session_id() const noexcept { return why_->first; }
    /** Why it could not be resumed. */
    const error &cause() const noexcept { return why_->second; }

  private:
    /** The session and the cause. */
    using why = std::pair<std::string, error>;

    static outcome explained(const std::string &session_id, outcome failed) {
        failed.message = detail::not_resumed(session_id, failed.message);
        return failed;
    }

    // Shared, so that copying an exception cannot throw.
    std::shared_ptr<const why> why_;
};
#endif

/** Keeps the recording of a session paused as long as it lives:
 *
 *     anchor::paused_recording guard(client, "session-id"); // throws error if it could not pause
 *
 * Such holds may be nested and may overlap, in any number of threads. Each one sends its own pause,
 * and begins only when the API confirmed that pause. The resume is counted: of the holds of one
 * client for one session, only the last one to end resumes. The outcome of another end has 0
 * attempts.
 *
 * While one is held, another process, another client or a person may resume the recording. The
 * library cannot see that. The next hold pauses again, also if it begins while this one is held.
 *
 * The hold belongs to the client that began it. That client may be moved meanwhile. If it is closed
 * or destroyed before the hold ends, the recording stays paused and the end fails with
 * errc::invalid_handle.
 *
 * The recording stays paused if the destructor does not run: after std::exit (for a local
 * object), std::quick_exit, std::abort and longjmp. A static object resumes when the process
 * exits; make its client static too, and first. In a coroutine the object lives as long as the
 * coroutine's frame, through every suspension. */
class [[nodiscard]] paused_recording {
  public:
#ifdef __cpp_exceptions
    /** Pauses, else throws error and holds nothing. The call serves the pausing only, so that a cancelled one
     * cannot keep the recording from being resumed. */
    explicit paused_recording(const client &by, std::string_view session_id, const call &pausing = call())
        : paused_recording(session_id) {
        // The destructor runs from here on, also if this throws.
        detail::checked(begin(by, pausing));
    }

    /** Ends the hold, and throws not_resumed_error if the recording could not be resumed. Does
     * nothing, and is ok(), if the hold has ended. */
    outcome resume() {
        outcome done = end();
        if (!done.ok()) {
            throw not_resumed_error(session_id_, std::move(done));
        }
        return done;
    }
#endif
    // The client would be gone before the hold ends.
    paused_recording(const client &&, std::string_view) = delete;
    paused_recording(const client &&, std::string_view, const call &) = delete;

    /** As the constructor, but instead of throwing error it returns nothing, and `done` says why. */
    [[nodiscard]] static std::optional<paused_recording>
    try_make(const client &by, std::string_view session_id, outcome &done, const call &pausing = call()) {
        paused_recording made(session_id);
        done = made.begin(by, pausing);
        return done.ok() ? std::optional(std::move(made)) : std::nullopt;
    }

    paused_recording(paused_recording &&other) noexcept
        : session_id_(std::move(other.session_id_)), client_(std::exchange(other.client_, nullptr)),
          log_(std::move(other.log_)), report_(std::exchange(other.report_, nullptr)) {}

    /** Ends the hold that was here, as the destructor does. */
    paused_recording &operator=(paused_recording &&other) noexcept {
        paused_recording ending(std::move(other));
        std::swap(session_id_, ending.session_id_);
        std::swap(client_, ending.client_);
        std::swap(log_, ending.log_);
        std::swap(report_, ending.report_);
        return *this;
    }

    /** Ends the hold unless it has ended. A failure is seen only by report_to. */
    ~paused_recording() {
        if (client_ == nullptr) {
            return;
        }
#ifdef __cpp_exceptions
        try {
            report(resume(std::nothrow));
        } catch (const std::bad_alloc &) {
            // The hold is over, but there was no memory to tell how that went.
            if (report_ != nullptr) {
                report_->code = errc::resource_exhausted;
            }
        }
#else
        report(resume(std::nothrow));
#endif
    }

    /** As resume, but instead of throwing it returns an outcome that is not ok(), with the same
     * message. */
    [[nodiscard]] outcome resume(std::nothrow_t) {
        outcome done = end();
        if (!done.ok()) {
            done.message = detail::not_resumed(session_id_, done.message);
        }
        return done;
    }

    /** Where the destructor tells how resuming went. `done` must outlive this object, or what it is moved to.
     */
    void report_to(outcome &done) noexcept {
        report_ = &done;
    }

    /** Whether the recording is being kept paused by this object. */
    bool holds() const noexcept {
        return client_ != nullptr;
    }

  private:
    explicit paused_recording(std::string_view session_id) : session_id_(session_id) {}

    outcome begin(const client &by, const call &pausing) {
        // Noted at once: what follows may throw std::bad_alloc, and the hold must end then too.
        const auto noting = [this](anchor_client *client, const char *id, anchor_call *call, char **error) {
            const std::int32_t status = anchor_pause_begin(client, id, call, error);
            client_ = status == ANCHOR_OK ? client : nullptr;
            return status;
        };
        log_ = by.opened_.log;
        return by.run(noting, pausing, client::of(session_id_));
    }

    outcome end() {
        anchor_client *const client = std::exchange(client_, nullptr);
        if (client == nullptr) {
            return {};
        }
        anchor_call *made = nullptr;
        // If there is none to be had, the recording is resumed without.
        (void)anchor_call_new(&made);
        const detail::owned<anchor_call> own(made);
        return detail::run(anchor_pause_end, client, own.get(), session_id_.c_str());
    }

    void report(outcome done) noexcept {
        if (report_ != nullptr) {
            *report_ = std::move(done);
        }
    }

    std::string session_id_;
    // The handle, which the library looks up: unlike the client's address it survives a move.
    anchor_client *client_ = nullptr;
    // What that client's lines go to.
    std::shared_ptr<log_function> log_;
    outcome *report_ = nullptr;
};

/** What while_paused did, of which nothing hides the rest. */
template <typename Value> struct held {
    /** How pausing went. Unless it is ok(), the body was not run. */
    outcome paused;
    /** What the body returned, if it was run. */
    std::optional<Value> value;
    /** How resuming went. Unless it is ok(), the body ran but the recording may still be paused,
     * as the message says before it names the cause. ok() too if pausing failed, and there was
     * nothing to resume. */
    outcome resumed;

    bool ok() const noexcept { return paused.ok() && resumed.ok(); }
};

#ifdef __cpp_exceptions
/** Runs the body while the recording is paused, and returns what it returned.
 *
 * Throws error if pausing failed, and the body was not run. Throws not_resumed_error if the body
 * returned but resuming failed, and its value is lost. What the body throws comes out as it is,
 * after the recording was resumed; only paused_recording::report_to tells how that went.
 *
 * The work must be done when the body returns. A body does not compile if its result is, or
 * holds, a future, a thread, an awaitable or a coroutine: wait for it in the body. Detached
 * threads and callbacks cannot be refused: the recording runs again while they do. What
 * paused_recording says of std::exit and longjmp is true of a body too. */
template <typename Body>
std::invoke_result_t<Body> while_paused(const client &by, std::string_view session_id, Body &&body,
                                        const call &pausing = call()) {
    using value_type = std::invoke_result_t<Body>;
    detail::require_finished<Body, value_type>();
    paused_recording guard(by, session_id, pausing);
    if constexpr (std::is_void_v<value_type>) {
        std::invoke(std::forward<Body>(body));
        guard.resume();
    } else {
        auto &&value = std::invoke(std::forward<Body>(body));
        guard.resume();
        return std::forward<value_type>(value);
    }
}
#endif

/** The same without throwing error; the value of a body that returns nothing is std::monostate. What the body
 * throws still comes out. */
template <typename Body>
[[nodiscard]] auto while_paused(const client &by, std::string_view session_id, Body &&body,
                                const call &pausing, std::nothrow_t) {
    using returned = std::invoke_result_t<Body>;
    detail::require_finished<Body, returned>();
    held<std::conditional_t<std::is_void_v<returned>, std::monostate, std::decay_t<returned>>> done;
    std::optional<paused_recording> guard = paused_recording::try_make(by, session_id, done.paused, pausing);
    if (guard) {
        if constexpr (std::is_void_v<returned>) {
            std::invoke(std::forward<Body>(body));
            done.value.emplace();
        } else {
            done.value.emplace(std::invoke(std::forward<Body>(body)));
        }
        done.resumed = guard->resume(std::nothrow);
    }
    return done;
}

/** The same with the client's settings for pausing. */
template <typename Body>
[[nodiscard]] auto while_paused(const client &by, std::string_view session_id, Body &&body, std::nothrow_t) {
    return while_paused(by, session_id, std::forward<Body>(body), call(), std::nothrow);
}

} // namespace anchor

#endif
