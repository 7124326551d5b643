// Succeeds if the library reports a connection failure for a closed port.
#include <anchor.hpp>
#include <iostream>

int main() {
    anchor::options options;
    options.api_key = "key";
    options.base_url = "http://127.0.0.1:1";
    options.max_retries = 0;
    try {
        anchor::client(options).pause_recording("session-id");
    } catch (const anchor::error &error) {
        std::cout << "libanchor for C++: " << error.what() << '\n';
        return error.code() != anchor::errc::connect_failed;
    }
    return 1;
}
