// Pauses the recording of a session: pause SESSION_ID
//
// The API key and, if it is not the usual one, the address of the API come from the environment:
// ANCHORBROWSER_API_KEY and ANCHORBROWSER_BASE_URL.
#include <iostream>

#include "anchor.hpp"

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "usage: pause SESSION_ID\n";
        return 2;
    }
    try {
        const anchor::client client;
        client.pause_recording(argv[1]);
        std::cout << "paused " << argv[1] << '\n';
    } catch (const anchor::error &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
