#include <iostream>

#include "anchor.hpp"

int main() {
    try {
        const anchor::client client;
        bool failed = false;
        // [begin queue]
        anchor::queue queue;
        auto begun = queue.begin(
            [&](anchor::call &call) { return client.pause_recording("session-id", call, std::nothrow); },
            [&](const anchor::outcome &done) {
                failed = !done;
                std::cerr << done.message; // empty on success
            });
        while (begun && !queue.next(std::chrono::minutes(1))) {
        }
        // [end queue]
        return failed || !begun;
    } catch (const anchor::error &error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}
