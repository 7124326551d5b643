#include <iostream>

#include "anchor.hpp"

int main() {
    try {
        anchor::client client;
        client.pause_recording("session-id");
        std::cout << "paused\n";
    } catch (const anchor::error &error) {
        std::cerr << "do not type the secret: " << error.what() << '\n';
        return 1;
    }
}
