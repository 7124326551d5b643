#include <iostream>

#include "anchor.hpp"

int main() {
    // [begin failure]
    try {
        // [begin pause]
        anchor::client client;
        client.pause_recording("session-id");
        // [end pause]
    } catch (const anchor::error &error) {
        std::cerr << "do not type the secret: " << error.what() << '\n';
        return 1;
    }
    // [end failure]
}
