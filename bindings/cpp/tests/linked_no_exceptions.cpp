// Linked with test_mixed_objects.cpp, which is compiled with exceptions.
#include "anchor.hpp"

#ifdef __cpp_exceptions
#error "compile this with -fno-exceptions -fno-rtti"
#endif

anchor_progress progress_without_exceptions() {
    return anchor::detail::call_progress;
}

bool pause_without_exceptions(const char *session_id) {
    anchor::outcome done;
    const std::optional<anchor::client> client = anchor::client::try_make({}, done);
    anchor::call call;
    call.set_progress([](std::uint64_t, std::uint64_t) { return true; });
    return client && client->pause_recording(session_id, call, std::nothrow).ok();
}
