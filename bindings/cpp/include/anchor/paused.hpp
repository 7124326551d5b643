/** @file
 * Pausing for the duration of a function or a scope, with a guaranteed resume. Included by
 * anchor.hpp.
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
inline namespace ANCHOR_INLINE_NAMESPACE {

#ifdef __cpp_exceptions
/** The exception for a failed resume: the body ran, but the recording may still be paused. Call
 * client::resume_recording. It never means that pausing failed.
 *
 * code() and the other functions of error return those of cause(). Catch this exception before
 * error. */
class not_resumed_error : public error {
  public:
    /** Creates an exception from the session and the outcome of resuming it. */
    not_resumed_error(std::string session_id, outcome failed)
        : error(explained(session_id, failed)),
          why_(std::make_shared<const why>(std::move(session_id), error(std::move(failed)))) {}

    /** The session whose recording may still be paused. */
    const std::string &session_id() const noexcept { return why_->first; }
    /** The failure of the resume. */
    const error &cause() const noexcept { return why_->second; }

  private:
    /** The session and the cause. */
    using why = std::pair<std::string, error>;

    static outcome explained(const std::string &session_id, outcome failed) {
        failed.message = detail::not_resumed(session_id, failed);
        return failed;
    }

    // Shared, so that copying an exception cannot throw.
    std::shared_ptr<const why> why_;
};
#endif

/** A guard that keeps the recording of a session paused while it exists:
 *
 *     anchor::paused_recording guard(client, "session-id"); // throws error if pausing failed
 *
 * Guards may be nested, and may overlap in any number of threads. Each guard sends its own pause,
 * and holds the recording only after the API confirmed that pause. The resume is counted: of the
 * guards of one client for one session, the last one to end resumes. The outcome of the others has
 * 0 attempts.
 *
 * While a guard exists, another process, another client or a person may resume the recording. The
 * library does not notice. The next guard pauses again, even if it is nested in this one.
 *
 * A guard belongs to its client, which may be moved. If the client is closed or destroyed before
 * the guard ends, the recording stays paused, and resume fails with errc::invalid_handle.
 *
 * The recording stays paused if the destructor does not run: after std::exit (for a local object),
 * std::quick_exit, std::abort and longjmp. A static guard resumes when the process exits. Its
 * client must be static too, and constructed before it. In a coroutine, a guard exists as long as
 * the frame of the coroutine, through every suspension. */
class [[nodiscard]] paused_recording {
  public:
#ifdef __cpp_exceptions
    /** Pauses the recording, or throws error and holds nothing. The call applies only to pausing,
     * so that its cancellation cannot prevent the resume. */
    explicit paused_recording(const client &api, std::string_view session_id, const call &pausing = call())
        : paused_recording(session_id) {
        // The delegated constructor has completed: the destructor runs even if this throws.
        detail::checked(begin(api, pausing));
    }

    /** Ends the guard and resumes the recording. Throws not_resumed_error if resuming failed: the
     * guard has ended, but the recording may still be paused. If the guard ended before, this does
     * nothing and returns an outcome that is ok(). */
    outcome resume() {
        outcome done = end();
        if (!done.ok()) {
            throw not_resumed_error(session_id_, std::move(done));
        }
        return done;
    }
#else
    paused_recording(const client &, std::string_view, const call & = call()) = delete; // use try_make
#endif
    /** A temporary client would be destroyed before the guard ends. */
    paused_recording(const client &&, std::string_view) = delete;
    /** A temporary client would be destroyed before the guard ends. */
    paused_recording(const client &&, std::string_view, const call &) = delete;

    /** Makes a guard without throwing error. On failure it returns std::nullopt and holds nothing,
     * and `done` says why. */
    [[nodiscard]] static std::optional<paused_recording>
    try_make(const client &api, std::string_view session_id, outcome &done, const call &pausing = call()) {
        paused_recording made(session_id);
        done = made.begin(api, pausing);
        return done.ok() ? std::optional(std::move(made)) : std::nullopt;
    }

    /** Moves the guard. The other object holds nothing afterwards. */
    paused_recording(paused_recording &&other) noexcept
        : session_id_(std::move(other.session_id_)), client_(std::exchange(other.client_, nullptr)),
          log_(std::move(other.log_)), report_(std::exchange(other.report_, nullptr)) {}

    /** Ends this guard like the destructor, and moves the other one here. */
    paused_recording &operator=(paused_recording &&other) noexcept {
        paused_recording ending(std::move(other));
        std::swap(session_id_, ending.session_id_);
        std::swap(client_, ending.client_);
        std::swap(log_, ending.log_);
        std::swap(report_, ending.report_);
        return *this;
    }

    /** Ends the guard and resumes the recording, if it has not ended. Never throws: only report_to
     * shows a failure. */
    ~paused_recording() {
        if (client_ == nullptr) {
            return;
        }
#ifdef __cpp_exceptions
        try {
            report(resume(std::nothrow));
        } catch (const std::bad_alloc &) {
            // The guard has ended, but there was no memory for the outcome.
            if (report_ != nullptr) {
                report_->code = errc::resource_exhausted;
            }
        }
#else
        report(resume(std::nothrow));
#endif
    }

    /** Ends the guard without throwing not_resumed_error. On failure it returns an outcome that is
     * not ok(), with the message of that exception. */
    [[nodiscard]] outcome resume(std::nothrow_t) {
        outcome done = end();
        if (!done.ok()) {
            done.message = detail::not_resumed(session_id_, done);
        }
        return done;
    }

    /** Lets the destructor store the outcome of resuming in `done`, which must outlive this object,
     * and any object that it is moved to. */
    void report_to(outcome &done) noexcept {
        report_ = &done;
    }

    /** Whether this object keeps the recording paused. */
    bool holds() const noexcept {
        return client_ != nullptr;
    }

  private:
    explicit paused_recording(std::string_view session_id) : session_id_(session_id) {}

    outcome begin(const client &api, const call &pausing) {
        // Stores the client at once, so that the destructor ends the guard if a later step throws
        // std::bad_alloc.
        const auto begin_and_store = [this](anchor_client *client, const char *id, anchor_call *call,
                                            char **error) {
            const std::int32_t status = anchor_pause_begin(client, id, call, error);
            client_ = status == ANCHOR_OK ? client : nullptr;
            return status;
        };
        log_ = api.opened_.log;
        return api.run(begin_and_store, pausing, client::session(session_id_));
    }

    outcome end() {
        anchor_client *const client = std::exchange(client_, nullptr);
        if (client == nullptr) {
            return {};
        }
        anchor_call *made = nullptr;
        // If no call object can be made, the recording is resumed without one.
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
    // The handle stays valid when the C++ client is moved. nullptr: this object holds nothing.
    anchor_client *client_ = nullptr;
    // Keeps the log function of the client alive.
    std::shared_ptr<log_function> log_;
    outcome *report_ = nullptr;
};

/** The outcome of while_paused. Pausing, the body and resuming are reported separately, so that no
 * failure hides another. */
template <typename Value> struct held {
    /** The outcome of pausing. Unless it is ok(), the body did not run. */
    outcome paused;
    /** The result of the body; std::nullopt if it did not run. */
    std::optional<Value> value;
    /** The outcome of resuming. Unless it is ok(), the body ran but the recording may still be
     * paused. The message says this before the cause. If no resume was needed, because pausing
     * failed or another block keeps the recording paused, it is ok() and has 0 attempts. */
    outcome resumed;

    /** Whether pausing and resuming succeeded. */
    bool ok() const noexcept { return paused.ok() && resumed.ok(); }
};

#ifdef __cpp_exceptions
/** Pauses the recording, runs the body, resumes the recording, and returns the result of the body.
 *
 * Throws error if pausing failed. The body did not run then. Throws not_resumed_error if the body
 * returned but resuming failed. The result of the body is lost then. An exception of the body is
 * rethrown unchanged after the recording was resumed. Use a paused_recording with report_to to see
 * the outcome of resuming in that case.
 *
 * The body must wait for its work. A body does not compile if its result is or contains a future, a
 * thread, an awaitable or a coroutine. The compiler cannot see detached threads and callbacks: the
 * recording runs again while they work. The same rules as for paused_recording apply to nesting,
 * std::exit and longjmp. */
template <typename Body>
std::invoke_result_t<Body> while_paused(const client &api, std::string_view session_id, Body &&body,
                                        const call &pausing = call()) {
    using value_type = std::invoke_result_t<Body>;
    detail::require_finished<Body, value_type>();
    paused_recording guard(api, session_id, pausing);
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

/** Does the same without throwing error or not_resumed_error, and returns a held. The value of a
 * body that returns void is std::monostate. Exceptions of the body are still thrown. */
template <typename Body>
[[nodiscard]] auto while_paused(const client &api, std::string_view session_id, Body &&body,
                                const call &pausing, std::nothrow_t) {
    using returned = std::invoke_result_t<Body>;
    detail::require_finished<Body, returned>();
    held<std::conditional_t<std::is_void_v<returned>, std::monostate, std::decay_t<returned>>> done;
    std::optional<paused_recording> guard = paused_recording::try_make(api, session_id, done.paused, pausing);
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

/** Does the same without throwing error, with the client's settings for pausing. */
template <typename Body>
[[nodiscard]] auto while_paused(const client &api, std::string_view session_id, Body &&body, std::nothrow_t) {
    return while_paused(api, session_id, std::forward<Body>(body), call(), std::nothrow);
}

} // namespace ANCHOR_INLINE_NAMESPACE
} // namespace anchor

#endif
