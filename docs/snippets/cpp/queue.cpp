#include <iostream>
#include <string>
#include <vector>

#include "anchor.hpp"

int main() {
    try {
        const anchor::client client;
        const std::vector<std::string> sessions = {"session-id", "no-such-session"};
        // [begin queue]
        anchor::queue queue;
        for (const std::string &session : sessions) {
            const anchor::outcome begun = queue.begin(
                [&](anchor::call &call) { return client.pause_recording(session, call, std::nothrow); },
                [session](const anchor::outcome &done) {
                    std::cout << session << ": " << (done ? "paused" : done.message) << '\n';
                });
            if (!begun) { // it has no completion
                std::cout << session << ": " << begun.message << '\n';
            }
        }
        while (queue.pending() > 0) {
            queue.next(std::chrono::minutes(1));
        }
        // [end queue]
    } catch (const anchor::error &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
