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
        if (c == '"' || c == '\\')
            json += '\\';
        json += c;
    }
    return json + '"';
}

static void log_in(const anchor::client &client, const std::string &session) {
    const std::string path = "/v1/sessions/" + session;
    client.request("POST", path + "/goto", R"({"url": "https://example.com/login"})");
    anchor::while_paused(client, session, [&] {
        const char *password = std::getenv("LOGIN_PASSWORD");
        client.request("POST", path + "/keyboard/type",
                       R"({"text": )" + quoted(password ? password : "") + '}');
    });
}

int main() {
    try {
        // [begin create]
        anchor::client client;
        const std::string created = client.request("POST", "/v1/sessions", "{}").result;
        const std::string session = field(created, "id"); // its "cdp_url" is for what drives the browser
        // [end create]
        try {
            log_in(client, session);
        } catch (...) {
            (void)client.request("DELETE", "/v1/sessions/" + session, std::nothrow);
            throw;
        }
        client.request("DELETE", "/v1/sessions/" + session);
        client.download_recording(session, "video.mp4");
    } catch (const anchor::error &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
