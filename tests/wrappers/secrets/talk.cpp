// Prints everything that the library returns to a C++ program, and crashes: talk TRUST PROXY FILE
// SESSION...
#include "anchor.hpp"
#include <cstdlib>
#include <iostream>
#include <string>
#include <unistd.h>

namespace {

void tell(const char *what, const anchor::outcome &done) {
    std::cout << what << ": " << done.code << ' ' << done.code.message() << '\n'
              << "message: " << done.message << "\nrequest id: " << done.request_id
              << "\nresult: " << done.result << std::endl;
}

// Prints exceptions as well.
template <typename Work> void attempt(const char *what, Work work) {
    try {
        tell(what, work());
    } catch (const anchor::error &failed) {
        std::cout << what << ": " << failed.code() << ' ' << failed.what()
                  << "\nmessage: " << failed.code().message() << "\nrequest id: " << failed.request_id()
                  << "\nresult: " << failed.result() << std::endl;
    }
}

void talk(const anchor::client &client, const std::string &session, const char *file) {
    const std::string path = "/v1/sessions/" + session + "/recordings/resume";
    attempt("pause", [&] { return client.pause_recording(session); });
    attempt("list", [&] { return client.list_recordings(session); });
    attempt("download", [&] { return client.download_recording(session, file); });
    attempt("request", [&] { return client.request("POST", path, std::getenv("TALK_BODY")); });
}

} // namespace

int main(int argc, char **argv) {
    alarm(120);
    anchor::options settings;
    if (*argv[1] != '\0') {
        settings.ca_file = argv[1];
    }
    if (*argv[2] != '\0') {
        settings.proxy = argv[2];
    }
    settings.timeout = std::chrono::milliseconds(300);
    settings.max_retries = 1;
    settings.log = [](anchor::log_level level, std::string_view line) {
        std::cout << "log: " << static_cast<int>(level) << ' ' << line << std::endl;
    };
    const anchor::client client(settings);
    for (int place = 4; place < argc; place++) {
        talk(client, argv[place], argv[3]);
    }
    // This exception is not caught.
    client.pause_recording("");
}
