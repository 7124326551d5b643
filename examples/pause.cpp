// Pauses the recording of a session. Usage: pause SESSION_ID
//
// The environment variable ANCHORBROWSER_API_KEY contains the API key. ANCHORBROWSER_BASE_URL may
// contain another base URL of the API.
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
