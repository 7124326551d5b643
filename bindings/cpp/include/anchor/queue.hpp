/** @file
 * Calls that return at once and complete later. Included by anchor.hpp.
 */

#ifndef ANCHOR_QUEUE_HPP
#define ANCHOR_QUEUE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "anchor/call.hpp"
#include "anchor/outcome.hpp"

namespace anchor {
inline namespace ANCHOR_INLINE_NAMESPACE {

/** A queue of calls that return at once and complete later, so that one thread can run thousands of
 * them.
 *
 *     anchor::queue queue;
 *     for (const std::string &session : sessions) {
 *         const anchor::outcome begun = queue.begin(
 *             [&](anchor::call &call) { return client.pause_recording(session, call, std::nothrow); },
 *             [session](const anchor::outcome &done) { report(session, done); });
 *         if (!begun) {
 *             report(session, begun);
 *         }
 *     }
 *     while (queue.pending() > 0) {
 *         queue.next(std::chrono::minutes(1));
 *     }
 *
 * Any number of threads may use one queue at once. The destructor cancels the calls in flight and
 * drops their handlers: a pause among them may have taken effect. It can be neither copied nor moved.
 */
class queue {
  public:
    /** Receives the outcome of a call, on the thread that calls next. */
    using handler = std::function<void(outcome done)>;

    /** Makes a queue that holds so many calls, in flight or completed: 1 to 1000000; 0: 10000. Never
     * fails: if the library cannot make a queue, begin returns errc::resource_exhausted. */
    explicit queue(std::uint32_t capacity = 0) noexcept {
        anchor_queue *made = nullptr;
        (void)anchor_queue_new(capacity, &made);
        handle_.reset(made);
    }
    queue(const queue &) = delete;
    queue &operator=(const queue &) = delete;

    /** Begins a call, and has `completed` called with its outcome by next.
     *
     * `start` receives a call object that is bound to this queue, passes it to a function of a client,
     * best with std::nothrow, and returns the outcome. The call object lives until `completed` has
     * returned. It takes settings such as a timeout, but no progress function: any thread may read
     * transferred() meanwhile.
     *
     * Returns the outcome of beginning. Unless it is ok(), the call was not begun and `completed` is
     * not called: the queue is full, or an argument is unusable. */
    template <typename Start> outcome begin(Start start, handler completed) {
        static_assert(std::is_invocable_r_v<outcome, Start, call &>,
                      "the function that begins a call must take an anchor::call & and return the outcome "
                      "of the client's function");
        auto made = std::make_shared<begun_call>();
        made->completed = std::move(completed);
        const registration entry(*this, made);
        outcome begun;
        if (!handle_ ||
            anchor_call_set_queue(made->settings.native_handle(), handle_.get(), entry.tag) != ANCHOR_OK) {
            begun = detail::make_outcome(ANCHOR_RESOURCE_EXHAUSTED, nullptr);
        } else {
            begun = run(start, made->settings);
        }
        entry.keep = begun.ok();
        return begun;
    }

    /** Begins a call, and returns its outcome as a future. `next` makes it ready: call next before
     * get(), or in another thread. If the call was not begun, it is ready at once. */
    template <typename Start> [[nodiscard]] std::future<outcome> begin(Start start) {
        auto promised = std::make_shared<std::promise<outcome>>();
        auto future = promised->get_future();
        outcome begun =
            begin(std::move(start), [promised](outcome done) { promised->set_value(std::move(done)); });
        if (!begun.ok()) {
            promised->set_value(std::move(begun));
        }
        return future;
    }

    /** Returns the number of calls that were begun and that next has not taken yet. While a handler
     * runs, its call no longer counts.
     *
     * If several threads take completions, give next a short timeout: another one may take the last. In a
     * forked child, the calls of the parent count and never complete: make another queue there. */
    [[nodiscard]] std::size_t pending() const {
        const std::lock_guard<std::mutex> guard(mutex_);
        return begun_.size();
    }

    /** Takes one completion, and calls its handler on this thread. Waits up to `timeout` for one, and at
     * most a day; 0 does not wait. Returns false if there was none. A handler may begin calls, and may destroy the
     * queue. An exception of the handler, or of the client's log function, passes through. */
    template <typename Rep, typename Period> bool next(std::chrono::duration<Rep, Period> timeout) {
        std::uint64_t tag = 0;
        std::int32_t status = ANCHOR_OK;
        char *error = nullptr;
        const std::chrono::milliseconds longest = std::min(detail::milliseconds(timeout), detail::day);
        const std::int32_t taken =
            anchor_queue_next(handle_.get(), detail::count(longest), &tag, &status, &error);
        const detail::owned<char> message(error);
        if (taken != ANCHOR_OK) {
            return false;
        }
        if (const std::shared_ptr<begun_call> call = remove(tag)) {
            outcome done = detail::make_outcome(status, message);
            detail::read_call(call->settings.native_handle(), done);
            call->completed(std::move(done));
        }
        return true;
    }

    /** Does the same without waiting. */
    bool next() { return next(std::chrono::milliseconds::zero()); }

    /** Returns a descriptor that is readable while completions wait, for poll, epoll and event loops;
     * -1 on failure. It belongs to the queue. */
    [[nodiscard]] int descriptor() const noexcept {
        std::int32_t descriptor = -1;
        (void)anchor_queue_fd(handle_.get(), &descriptor);
        return descriptor;
    }

    /** Returns the handle of anchor.h. It stays the property of this object. */
    [[nodiscard]] anchor_queue *native_handle() const noexcept { return handle_.get(); }

  private:
    struct begun_call {
        call settings;
        handler completed;
    };

    /** Keeps a call until it completes, unless it was not begun. */
    struct registration {
        registration(queue &own, std::shared_ptr<begun_call> call)
            : tag(own.add(std::move(call))), own_(own) {}
        registration(const registration &) = delete;
        registration &operator=(const registration &) = delete;
        ~registration() {
            if (!keep) {
                own_.remove(tag);
            }
        }

        const std::uint64_t tag;
        mutable bool keep = false;

      private:
        queue &own_;
    };

    /** Makes the call. One that the function of a client refused by an exception was not begun either. */
    template <typename Start> static outcome run(Start &start, call &settings) {
#ifdef __cpp_exceptions
        try {
            return start(settings);
        } catch (const error &refused) {
            return *refused.outcome_;
        }
#else
        return start(settings);
#endif
    }

    std::uint64_t add(std::shared_ptr<begun_call> call) {
        const std::lock_guard<std::mutex> guard(mutex_);
        begun_.emplace(++last_tag_, std::move(call));
        return last_tag_;
    }

    std::shared_ptr<begun_call> remove(std::uint64_t tag) {
        const std::lock_guard<std::mutex> guard(mutex_);
        const auto found = begun_.find(tag);
        if (found == begun_.end()) {
            return nullptr;
        }
        std::shared_ptr<begun_call> call = std::move(found->second);
        begun_.erase(found);
        return call;
    }

    mutable std::mutex mutex_;
    std::uint64_t last_tag_ = 0;
    std::unordered_map<std::uint64_t, std::shared_ptr<begun_call>> begun_;
    // After the calls, so that it is freed before them.
    detail::owned<anchor_queue> handle_;
};

} // namespace ANCHOR_INLINE_NAMESPACE
} // namespace anchor

#endif
