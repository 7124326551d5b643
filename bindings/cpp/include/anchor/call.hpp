/** @file
 * One call: its settings, its progress and its cancellation. Included by anchor.hpp.
 */

#ifndef ANCHOR_CALL_HPP
#define ANCHOR_CALL_HPP

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "anchor/options.hpp"

namespace anchor {

/** Is told how many bytes of the answer have come, of how many or of an unknown number if `total` is 0. False
 * cancels the call. */
using progress_function = std::function<bool(std::uint64_t done, std::uint64_t total)>;

/** How much of an answer has come. */
struct transfer {
    /** Bytes so far; of a download, with what was there before. */
    std::uint64_t done = 0;
    /** Bytes in total; 0 if that is not known. */
    std::uint64_t total = 0;
};

namespace detail {

/** A progress function, and what it threw. */
struct watch {
    progress_function progress;
    std::exception_ptr thrown = nullptr;
};

/** What anchor.h calls; `user` is a watch. */
inline std::int32_t ask_progress(void *user, std::uint64_t done, std::uint64_t total) {
    auto &asked = *static_cast<watch *>(user);
#ifdef __cpp_exceptions
    try {
        return asked.progress(done, total) ? 0 : 1;
    } catch (...) {
        // It must not unwind the library: the call ends first.
        asked.thrown = std::current_exception();
        return 1;
    }
#else
    return asked.progress(done, total) ? 0 : 1;
#endif
}

} // namespace detail

/** A call that can be watched and cancelled, or that has settings of its own. It serves one call at a time. */
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

    /** Has this called on the thread that makes the call, at least every 50 ms and whenever a part of the answer
     * has come; nullptr: nothing. It may make calls of its own, but not with this object.
     *
     * What it throws ends the call and then comes out of it, with std::nothrow too. Returns false, and changes
     * nothing, while a call is under way. */
    bool set_progress(progress_function progress) {
        auto made = progress ? std::make_unique<detail::watch>(detail::watch{std::move(progress)}) : nullptr;
        const anchor_progress asking = made ? detail::ask_progress : nullptr;
        if (anchor_call_set_progress(handle_.get(), asking, made.get()) != ANCHOR_OK) {
            return false;
        }
        watch_ = std::move(made);
        return true;
    }

    /** Ends what is under way, or else the next one before it sends anything, with errc::cancelled.
     * Any thread may call this, but no signal handler. A cancelled call stays cancelled. */
    void cancel() noexcept { anchor_call_cancel(handle_.get()); }

    /** How much of the answer has come, so far or in the end. Any thread may ask while the call is under way, and
     * so may the progress function. */
    [[nodiscard]] transfer transferred() const noexcept {
        transfer so_far;
        anchor_call_transferred(handle_.get(), &so_far.done, &so_far.total);
        return so_far;
    }

  private:
    friend class client;

    /** What the progress function threw in a call that ended so. A call of another thread is left alone: with the
     * object in use, no other one gets as far as being cancelled or losing its connection. */
    std::exception_ptr take_thrown(std::int32_t status) const noexcept {
        // In a child that the progress function forked, the call ends as a lost connection.
        const bool ended = status == ANCHOR_CANCELLED || status == ANCHOR_CONNECTION_LOST;
        return ended && watch_ ? std::exchange(watch_->thrown, nullptr) : nullptr;
    }

    std::int32_t status_;
    // Outlives the handle, which points to it.
    std::unique_ptr<detail::watch> watch_;
    detail::owned<anchor_call> handle_;
};

} // namespace anchor

#endif
