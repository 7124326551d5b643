#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <regex>
#include <string>

#include "anchor.hpp"

// A program of yours would use its JSON library.
static std::string field(const std::string &json, const std::string &name) {
    std::smatch found;
    const std::regex pattern('"' + name + "\"\\s*:\\s*\"([^\"]*)");
    return std::regex_search(json, found, pattern) ? found[1].str() : "";
}

static std::string quoted(const std::string &text) {
    std::string json = "\"";
    for (char c : text) {
        char escaped[8] = {c};
        if (c == '"' || c == '\\')
            std::snprintf(escaped, sizeof escaped, "\\%c", c);
        else if (static_cast<unsigned char>(c) < ' ')
            std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
        json += escaped;
    }
    return json + '"';
}

static void log_in(const anchor::client &client, const std::string &session, const std::string &password) {
    const std::string path = "/v1/sessions/" + session;
    client.request("POST", path + "/goto", R"({"url": "https://example.com/login"})");
    anchor::while_paused(client, session, [&] {
        client.request("POST", path + "/keyboard/type", R"({"text": )" + quoted(password) + '}');
    });
}

int main() {
    const char *password = std::getenv("LOGIN_PASSWORD");
    if (!password) {
        std::cerr << "put the password into LOGIN_PASSWORD\n";
        return 2;
    }
    try {
        // [begin create]
        anchor::client client;
        const std::string created = client.request("POST", "/v1/sessions", "{}").result;
        const std::string session = field(created, "id"); // its "cdp_url" is for what drives the browser
        // [end create]
        if (session.empty()) {
            std::cerr << "no id of a session in the answer: " << created << '\n';
            return 1;
        }
        try {
            log_in(client, session, password);
        } catch (...) {
            (void)client.request("DELETE", "/v1/sessions/" + session, std::nothrow);
            throw;
        }
        client.request("DELETE", "/v1/sessions/" + session);
        anchor::call download;
        download.set_timeout(std::chrono::hours(1));
        client.download_recording(session, "video.mp4", download);
    } catch (const anchor::error &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
