// Prints everything that the library reports to a program in C++, and then crashes:
//
//     talk CA_FILE PROXY FILE SESSION...
//
// For each session it pauses, lists, downloads to FILE and sends a request with a body. It prints
// every outcome, error and log line, and ends by an exception that nothing catches. check.py
// searches the output for secrets.
#include "anchor.hpp"
#include <cstdlib>
#include <iostream>
#include <string>
#include <unistd.h>

namespace {

void report(const char *name, const anchor::outcome &outcome) {
    std::cout << name << ": " << outcome.code << ' ' << outcome.code.message() << '\n'
              << "message: " << outcome.message << "\nrequest id: " << outcome.request_id
              << "\nresult: " << outcome.result << std::endl;
}

// Makes a call, and prints its outcome or the exception that it throws.
template <typename Call> void call_and_report(const char *name, Call call) {
    try {
        report(name, call());
    } catch (const anchor::error &error) {
        std::cout << name << ": " << error.code() << ' ' << error.what()
                  << "\nmessage: " << error.code().message() << "\nrequest id: " << error.request_id()
                  << "\nresult: " << error.result() << std::endl;
    }
}

void talk(const anchor::client &client, const std::string &session, const char *file) {
    const std::string path = "/v1/sessions/" + session + "/recordings/resume";
    call_and_report("pause", [&] { return client.pause_recording(session); });
    call_and_report("list", [&] { return client.list_recordings(session); });
    call_and_report("download", [&] { return client.download_recording(session, file); });
    call_and_report("request", [&] { return client.request("POST", path, std::getenv("TALK_BODY")); });
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
    for (int i = 4; i < argc; i++) {
        talk(client, argv[i], argv[3]);
    }
    // Throws, so that the runtime prints the exception and aborts.
    client.pause_recording("");
}
