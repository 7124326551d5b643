#include <iostream>

#include "anchor.hpp"

int main() {
    // --8<-- [start:failure]
    try {
        // --8<-- [start:pause]
        anchor::client client;
        client.pause_recording("session-id");
        // --8<-- [end:pause]
        std::cout << "paused\n";
    } catch (const anchor::error &error) {
        std::cerr << "do not type the secret: " << error.what() << '\n';
        return 1;
    }
    // --8<-- [end:failure]
}
