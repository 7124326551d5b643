/** @file
 * Settings, progress and cancellation of one call. Included by anchor.hpp.
 */

#ifndef ANCHOR_CALL_HPP
#define ANCHOR_CALL_HPP

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "anchor/options.hpp"

namespace anchor {
inline namespace ANCHOR_INLINE_NAMESPACE {

/** A progress function: `done` bytes of the answer were received, of `total` bytes or of an unknown
 * number if that is 0. The result false cancels the call. */
using progress_function = std::function<bool(std::uint64_t done, std::uint64_t total)>;

/** How much of an answer was received. */
struct transfer {
    /** The number of bytes so far. For a download, this includes the part that it resumes. */
    std::uint64_t done = 0;
    /** The total number of bytes; 0 if it is unknown. */
    std::uint64_t total = 0;
};

namespace detail {

/** A progress function, and the exception that it threw. */
struct observer {
    progress_function progress;
    std::exception_ptr thrown = nullptr;
};

/** The progress function for anchor.h. `user` is an observer. */
inline std::int32_t call_progress(void *user, std::uint64_t done, std::uint64_t total) {
    auto &own = *static_cast<observer *>(user);
#ifdef __cpp_exceptions
    try {
        return own.progress(done, total) ? 0 : 1;
    } catch (...) {
        // An exception must not unwind the library. It is rethrown when the call has ended.
        own.thrown = std::current_exception();
        return 1;
    }
#else
    return own.progress(done, total) ? 0 : 1;
#endif
}

/** Whole milliseconds, rounded up. A duration of more than a day stays one: those that stand for "for
 * ever", such as hours::max(), have more milliseconds than a number holds. */
template <typename Rep, typename Period>
std::chrono::milliseconds milliseconds(std::chrono::duration<Rep, Period> timeout) noexcept {
    constexpr std::chrono::milliseconds too_long = day + std::chrono::milliseconds(1);
    const std::chrono::duration<double, std::milli> approximate = timeout;
    if (approximate < std::chrono::milliseconds::zero()) {
        return std::chrono::milliseconds(-1);
    }
    return approximate < too_long ? std::chrono::ceil<std::chrono::milliseconds>(timeout) : too_long;
}

} // namespace detail

/** Settings, progress and cancellation of one call. Pass it to a function that makes a call. It may
 * be reused, but serves one call at a time. It can be neither copied nor moved. */
class call {
  public:
    /** Never fails: if the library cannot make a call object, the function that this is passed to
     * fails with errc::resource_exhausted. */
    call() noexcept {
        anchor_call *made = nullptr;
        status_ = anchor_call_new(&made);
        handle_.reset(made);
    }
    /** A call with this timeout, as in `client.pause_recording(id, 5s)`. */
    template <typename Rep, typename Period>
    call(std::chrono::duration<Rep, Period> timeout) noexcept // NOLINT(google-explicit-constructor)
        : call() {
        set_timeout(timeout);
    }
    call(const call &) = delete;
    call &operator=(const call &) = delete;

    /** Sets the longest duration of the call, retries included, in place of the client's: 1 ms to 24 h.
     * With another value, the function that makes the call fails with errc::invalid_argument. Returns
     * the call, to set more. */
    template <typename Rep, typename Period>
    call &set_timeout(std::chrono::duration<Rep, Period> timeout) noexcept {
        const std::chrono::milliseconds whole = detail::milliseconds(timeout);
        has_usable_timeout_ = detail::is_usable(whole);
        anchor_call_set_timeout_ms(handle_.get(), detail::count(whole));
        return *this;
    }

    /** Sets how often a failed request is repeated, in place of the client's number. 0
     * repeats nothing. Returns the call, to set more. */
    call &set_max_retries(std::uint32_t max_retries) noexcept {
        anchor_call_set_max_retries(handle_.get(), max_retries);
        return *this;
    }

    /** Sets a function that runs on the thread that makes the call, at least every 50 ms and
     * whenever a part of the answer was received. nullptr: none. It may make other calls, but not
     * with this object.
     *
     * An exception that it throws ends the call, which then rethrows it, also with std::nothrow.
     *
     * If a call is running, such as in its progress function, this applies to the next one. Returns the
     * call, to set more. */
    call &set_progress(progress_function progress) {
        next_observer_ =
            progress ? std::make_unique<detail::observer>(detail::observer{std::move(progress)}) : nullptr;
        apply_progress();
        return *this;
    }

    /** Ends the running call at once with errc::cancelled. If none is running, the next one fails
     * with it before it sends anything. The object stays cancelled. Any thread may call this, but
     * not a signal handler. */
    void cancel() noexcept { anchor_call_cancel(handle_.get()); }

    /** Returns how much of the answer to the last request was received. Any thread may call this
     * while the call is running, and so may the progress function. */
    [[nodiscard]] transfer transferred() const noexcept {
        transfer so_far;
        anchor_call_transferred(handle_.get(), &so_far.done, &so_far.total);
        return so_far;
    }

    /** Returns the handle of anchor.h, for what this class does not offer. It stays the property of
     * this object. */
    [[nodiscard]] anchor_call *native_handle() const noexcept { return handle_.get(); }

  private:
    friend class client;

    /** Has the library use the progress function that was set last. While a call is running, the
     * library refuses that, and the function of that call must live. */
    void apply_progress() const noexcept {
        if (!next_observer_) {
            return;
        }
        const anchor_progress function = *next_observer_ ? detail::call_progress : nullptr;
        if (anchor_call_set_progress(handle_.get(), function, next_observer_->get()) == ANCHOR_OK) {
            observer_ = std::move(*next_observer_);
            next_observer_.reset();
        }
    }

    /** Takes the exception that the progress function threw during a call with this status. It
     * cannot be one of a call that another thread makes with this object: a second call is refused
     * before it can be cancelled or lose its connection. */
    std::exception_ptr take_thrown(std::int32_t status) const noexcept {
        // In a child process that the progress function forked, the connection counts as lost.
        const bool ended = status == ANCHOR_CANCELLED || status == ANCHOR_CONNECTION_LOST;
        return ended && observer_ ? std::exchange(observer_->thrown, nullptr) : nullptr;
    }

    std::int32_t status_;
    bool has_usable_timeout_ = true;
    // Declared before the handle, which points to it, so that it is destroyed after the handle.
    mutable std::unique_ptr<detail::observer> observer_;
    // The observer of the next call, if the library does not have it yet. nullptr in it: none.
    mutable std::optional<std::unique_ptr<detail::observer>> next_observer_;
    detail::owned<anchor_call> handle_;
};

} // namespace ANCHOR_INLINE_NAMESPACE
} // namespace anchor

#endif
