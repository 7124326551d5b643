/** @file
 * Calls that return at once and complete later. Included by anchor.hpp.
 */

#ifndef ANCHOR_QUEUE_HPP
#define ANCHOR_QUEUE_HPP

#include <chrono>
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
 *     queue.begin([&](anchor::call &call) { return client.pause_recording("session-id", call, std::nothrow); },
 *                 [](const anchor::outcome &done) { std::cout << done.message << '\n'; });
 *     while (queue.next(std::chrono::minutes(1))) {
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
     * `start` receives a call object that is bound to this queue, for settings such as a timeout but
     * without a progress function, and passes it to a function of a client with std::nothrow.
     *
     * Returns the outcome of beginning. Unless it is ok(), the call was not begun and `completed` is
     * not called: the queue is full, or an argument is unusable. */
    template <typename Start> outcome begin(Start start, handler completed) {
        static_assert(std::is_invocable_r_v<outcome, Start, call &>,
                      "pass std::nothrow to the client's function");
        auto made = std::make_shared<pending>();
        made->completed = std::move(completed);
        const registration entry(*this, made);
        outcome begun;
        if (!handle_ ||
            anchor_call_set_queue(made->settings.native_handle(), handle_.get(), entry.tag) != ANCHOR_OK) {
            begun = detail::make_outcome(ANCHOR_RESOURCE_EXHAUSTED, nullptr);
        } else {
            begun = start(made->settings);
        }
        entry.keep = begun.ok();
        return begun;
    }

    /** Begins a call, and returns its outcome as a future, which is ready once next has taken it, or
     * at once if the call was not begun. Another thread has to call next meanwhile. */
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

    /** Takes one completion, and calls its handler on this thread. Waits so long for one, up to a day;
     * 0 does not wait. Returns false if there was none. A handler may begin calls, and may destroy the
     * queue. An exception of the handler, or of the client's log function, passes through. */
    bool next(std::chrono::milliseconds timeout = std::chrono::milliseconds::zero()) {
        std::uint64_t tag = 0;
        std::int32_t status = ANCHOR_OK;
        char *error = nullptr;
        const std::int32_t taken = anchor_queue_next(
            handle_.get(), detail::count(detail::milliseconds(timeout)), &tag, &status, &error);
        const detail::owned<char> message(error);
        if (taken != ANCHOR_OK) {
            return false;
        }
        if (const std::shared_ptr<pending> call = remove(tag)) {
            outcome done = detail::make_outcome(status, message);
            detail::read_call(call->settings.native_handle(), done);
            call->completed(std::move(done));
        }
        return true;
    }

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
    struct pending {
        call settings;
        handler completed;
    };

    /** Keeps a call until it completes, unless it was not begun. */
    struct registration {
        registration(queue &own, std::shared_ptr<pending> call) : tag(own.add(std::move(call))), own_(own) {}
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

    std::uint64_t add(std::shared_ptr<pending> call) {
        const std::lock_guard<std::mutex> guard(mutex_);
        pending_.emplace(++last_tag_, std::move(call));
        return last_tag_;
    }

    std::shared_ptr<pending> remove(std::uint64_t tag) {
        const std::lock_guard<std::mutex> guard(mutex_);
        const auto found = pending_.find(tag);
        if (found == pending_.end()) {
            return nullptr;
        }
        std::shared_ptr<pending> call = std::move(found->second);
        pending_.erase(found);
        return call;
    }

    std::mutex mutex_;
    std::uint64_t last_tag_ = 0;
    std::unordered_map<std::uint64_t, std::shared_ptr<pending>> pending_;
    // After the calls, so that it is freed before them.
    detail::owned<anchor_queue> handle_;
};

} // namespace ANCHOR_INLINE_NAMESPACE
} // namespace anchor

#endif
