#include <iostream>

#include "anchor.hpp"

static void type_the_secret() {
    std::cout << "typing\n";
}

// [begin held]
static int log_in(const anchor::client &client, const std::string &session) {
    auto held = anchor::while_paused(client, session, type_the_secret, std::nothrow);
    if (!held.paused.ok()) {
        std::cerr << "the secret was not typed: " << held.paused.message << '\n';
        return 1;
    }
    if (!held.resumed.ok()) {
        std::cerr << held.resumed.message << '\n'; // says that the recording may still be paused
        return 1;                                  // client.resume_recording retries it
    }
    return 0;
}
// [end held]

int main() {
    try {
        return log_in(anchor::client(), "session-id");
    } catch (const anchor::error &error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}
