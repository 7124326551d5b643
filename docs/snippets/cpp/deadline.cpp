#include <chrono>
#include <iostream>

#include "anchor.hpp"

int main() {
    anchor::client client;
    // [begin deadline]
    anchor::call call;
    call.set_timeout(std::chrono::milliseconds(500)); // includes all retries
    try {
        client.pause_recording("session-id", call);
    } catch (const anchor::error &error) {
        if (error.code() == anchor::errc::timeout) {
            std::cerr << "it may be paused or not: pause again, or resume\n";
        }
        return 1;
    }
    // [end deadline]
}
