// Bodies that while_paused rejects at compile time, because they return before their work is done.
//
// Without a macro this must compile: the bodies at the end are accepted. With -DREFUSED=NAME it has
// instead a body whose result has this name below, and must not compile. check_refused_code.py
// checks both.
#include <array>
#include <cstdlib>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "anchor.hpp"

namespace samples {

template <typename Result> struct returns {
    Result operator()() const { std::abort(); } // NOLINT(readability-const-return-type)
};

// Uses the overload that throws, if there are exceptions.
template <typename Result> void use(const anchor::client &client) {
#ifdef __cpp_exceptions
    static_cast<void>(anchor::while_paused(client, "session-id", returns<Result>()));
#else
    static_cast<void>(anchor::while_paused(client, "session-id", returns<Result>(), std::nothrow));
#endif
}

// Like the futures of Boost: `then` is a template.
struct boost_future {
    int get();
    void wait() const;
    bool valid() const;
    template <typename Function> boost_future then(Function function);
};

// Like the futures of Folly: get() is only for rvalues.
template <typename T> struct folly_future {
    T get() &&;
    T get() & = delete;
    folly_future &wait() &;
    folly_future &&wait() &&;
    bool valid() const noexcept;
};

// Like the futures of Seastar and stlab: no member waits.
struct then_alone {
    template <typename Function> void then(Function &&function);
};
struct final_then final {
    void then(void (*function)());
};
struct get_and_wait {
    int get();
    void wait();
};
struct get_and_valid {
    int get();
    bool valid() const;
};
struct thread_like {
    void join();
    bool joinable() const;
};
struct awaiter {
    bool await_ready();
};
struct task {
    struct promise_type;
};

struct member_get {
    int get() const;
};
struct member_wait {
    void wait();
};
struct member_join {
    std::string join() const;
};
struct member_valid {
    bool valid() const;
};
struct final_class final {
    int value;
};
class incomplete;
struct guarded {
    int value;

  protected:
    virtual ~guarded() = default;
};
union either {
    int number;
    float fraction;
};
int number();

} // namespace samples

using namespace samples;

namespace refused {

using std_future = std::future<int>;
using std_future_of_nothing = std::future<void>;
using std_future_const = const std::future<int>;
using std_future_reference = std::future<int> &;
using std_future_const_reference = const std::future<int> &;
using std_future_rvalue_reference = std::future<int> &&;
using std_shared_future = std::shared_future<int>;
using like_boost = boost_future;
using like_folly = folly_future<int>;
using like_folly_const = const folly_future<int>;
using with_then = then_alone;
using with_then_final = final_then;
using with_get_and_wait = get_and_wait;
using with_get_and_valid = get_and_valid;
using std_thread = std::thread;
using std_thread_reference = std::thread &;
using like_a_thread = thread_like;
using with_await_ready = awaiter;
using with_promise_type = task;
using vector_of_futures = std::vector<std::future<int>>;
using map_to_threads = std::map<int, std::thread>;
using array_of_futures = std::array<std::future<int>, 2>;
using optional_future = std::optional<std::future<int>>;
using pointer_to_future = std::unique_ptr<std::future<int>>;
using pointer_to_threads = std::unique_ptr<std::thread[]>;
using pair_with_future = std::pair<int, std::optional<std::shared_future<int>>>;

} // namespace refused

#ifdef __cpp_impl_coroutine
#include <coroutine>

namespace samples {

struct with_operator {
    std::suspend_always operator co_await() const;
};
struct with_temporary_operator {
    std::suspend_always operator co_await() &&;
};
struct with_free_operator {};
std::suspend_always operator co_await(with_free_operator);

// Only std::coroutine_traits names the promise, as for the futures of Boost and others.
struct by_traits {};
struct by_traits_of_a_body {};

struct plain_promise {
    int get_return_object();
    std::suspend_never initial_suspend();
    std::suspend_never final_suspend() noexcept;
    void return_void();
    void unhandled_exception();
};

// The body itself is a coroutine.
struct fire_and_forget {
    struct promise_type {
        fire_and_forget get_return_object() { return {}; }
        std::suspend_never initial_suspend() { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() {}
    };
};
template <> struct returns<fire_and_forget> {
    fire_and_forget operator()() const { co_return; }
};

} // namespace samples

template <> struct std::coroutine_traits<by_traits> { using promise_type = plain_promise; };
template <typename... Arguments>
struct std::coroutine_traits<by_traits_of_a_body, const samples::returns<by_traits_of_a_body> &,
                             Arguments...> {
    using promise_type = plain_promise;
};

namespace refused_coroutines {

using co_await_member = with_operator;
using co_await_member_const = const with_operator;
using co_await_member_of_temporaries = with_temporary_operator;
using co_await_free = with_free_operator;
using co_await_free_reference = with_free_operator &;
using coroutine_itself = fire_and_forget;
using traits_alone = by_traits;
using traits_of_a_body = by_traits_of_a_body;
using suspension = std::suspend_always;
using jthread = std::jthread;

} // namespace refused_coroutines

#endif

#ifdef REFUSED
void use_refused(const anchor::client &client) {
    using namespace refused;
#ifdef __cpp_impl_coroutine
    using namespace refused_coroutines;
#endif
    use<REFUSED>(client);
}
#else
void use_done(const anchor::client &client) {
    use<void>(client);
    use<int>(client);
    use<const int>(client);
    use<int &>(client);
    use<int *>(client);
    use<const char *>(client);
    use<either>(client);
    use<std::string>(client);
    use<const std::string &>(client);
    use<std::optional<std::string>>(client);
    use<std::vector<std::pair<int, std::string>>>(client);
    use<std::array<int, 2>>(client);
    use<std::unique_ptr<int>>(client);
    use<std::unique_ptr<const int[]>>(client);
    use<std::shared_ptr<incomplete>>(client);
    use<std::function<std::string()>>(client);
    use<std::reference_wrapper<int>>(client);
    use<member_get>(client);
    use<member_wait>(client);
    use<member_join>(client);
    use<member_valid>(client);
    use<final_class>(client);
#ifdef __cpp_exceptions
    // Only this overload returns references.
    use<incomplete &>(client);
    use<guarded &>(client);
#endif
    const auto body = [] {};
    static_cast<void>(anchor::while_paused(client, "session-id", number, std::nothrow));
    static_cast<void>(anchor::while_paused(client, "session-id", body, std::nothrow));
}
#endif
