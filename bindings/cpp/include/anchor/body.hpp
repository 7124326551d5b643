/** @file
 * Compile-time detection of bodies that return before their work is done: their result is, or
 * contains, a future, a thread, an awaitable or a coroutine. Included by anchor.hpp.
 */

#ifndef ANCHOR_BODY_HPP
#define ANCHOR_BODY_HPP

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "anchor/namespace.hpp"

#if defined(__cpp_impl_coroutine) && __has_include(<coroutine>)
#define ANCHOR_HAS_COROUTINES
#include <coroutine>
#endif

namespace anchor {
inline namespace ANCHOR_INLINE_NAMESPACE {
namespace detail {

template <template <typename> class Expression, typename T, typename = void>
inline constexpr bool compiles = false;
template <template <typename> class Expression, typename T>
inline constexpr bool compiles<Expression, T, std::void_t<Expression<T>>> = true;

/** Some futures have members only for rvalues, others only for lvalues. */
template <template <typename> class Expression, typename T>
inline constexpr bool has = compiles<Expression, T> || compiles<Expression, T &>;

template <typename T> using sized = std::integral_constant<std::size_t, sizeof(T)>;
template <typename T> using get_of = decltype(std::declval<T>().get());
template <typename T> using wait_of = decltype(std::declval<T>().wait());
template <typename T> using valid_of = decltype(std::declval<T>().valid());
template <typename T> using join_of = decltype(std::declval<T>().join());
template <typename T> using joinable_of = decltype(std::declval<T>().joinable());
template <typename T> using await_ready_of = decltype(std::declval<T>().await_ready());
template <typename T> using promise_of = typename T::promise_type;
template <typename T> using then_of = decltype(&T::then);

struct then_member {
    int then;
};

#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#endif
template <typename T> struct with_second_then : T, then_member {};
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

/** Whether the class has a member `then`. If that is a template, its address cannot be taken. But a
 * second base class with such a member makes the name ambiguous. */
template <typename T> constexpr bool has_then() {
    if constexpr (compiles<sized, T>) {
        // Other classes cannot be a base class.
        if constexpr (!std::is_final_v<T> && std::is_destructible_v<T>) {
            return !compiles<then_of, with_second_then<T>>;
        }
    }
    return compiles<then_of, T>;
}

#ifdef ANCHOR_HAS_COROUTINES
template <typename T> using member_co_await_of = decltype(std::declval<T>().operator co_await());
template <typename T> using free_co_await_of = decltype(operator co_await(std::declval<T>()));

template <typename T> constexpr bool has_co_await() {
    return has<member_co_await_of, T> || has<free_co_await_of, T>;
}

/** Whether a body of this type and result can be a coroutine. */
template <typename Result, typename Body> constexpr bool is_coroutine() {
    using object = std::remove_reference_t<Body>;
    return compiles<promise_of, std::coroutine_traits<Result>> ||
           compiles<promise_of, std::coroutine_traits<Result, object &>> ||
           compiles<promise_of, std::coroutine_traits<Result, const object &>>;
}
#else
template <typename T> constexpr bool has_co_await() {
    return false;
}
template <typename Result, typename Body> constexpr bool is_coroutine() {
    return false;
}
#endif

/** Whether the members of the class are those of a future, a thread, an awaitable or a
 * coroutine. */
template <typename T> constexpr bool is_unfinished() {
    if constexpr (std::is_class_v<T>) {
        return (has<get_of, T> && (has<wait_of, T> || has<valid_of, T>)) || has_then<T>() ||
               (has<join_of, T> && has<joinable_of, T>) || has<await_ready_of, T> ||
               compiles<promise_of, T> || has_co_await<T>();
    }
    return false;
}

template <typename T>
using bare = std::remove_cv_t<std::remove_all_extents_t<std::remove_pointer_t<std::remove_reference_t<T>>>>;

/** The same for pointers, containers, pairs and other templates that contain such a class. */
template <typename T> struct contains_unfinished : std::bool_constant<is_unfinished<T>()> {};
template <typename T, std::size_t size>
struct contains_unfinished<std::array<T, size>> : contains_unfinished<bare<T>> {};
template <template <typename...> class Container, typename... Element>
struct contains_unfinished<Container<Element...>>
    : std::bool_constant<is_unfinished<Container<Element...>>() ||
                         (contains_unfinished<bare<Element>>::value || ...)> {};

/** Rejects a body that returns before its work is done, because the recording would run again. */
template <typename Body, typename Result> constexpr void require_finished() {
    static_assert(
        !contains_unfinished<bare<Result>>::value && !is_coroutine<Result, Body>(),
        "the body of while_paused returns before its work is done: its result is or contains a future, "
        "a thread or a coroutine; wait for it in the body");
}

} // namespace detail
} // namespace ANCHOR_INLINE_NAMESPACE
} // namespace anchor

#undef ANCHOR_HAS_COROUTINES

#endif
