// Downloads: whole or not at all, gone on with where they were cut off, and to whatever names a file.
#include <csignal>
#include <sys/resource.h>

#include "anchor.hpp"
#include "test_folder.hpp"
#include "test_session.h"

using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

constexpr unsigned deadline_s = 170;
constexpr long memory_kb = 32L * 1024;

anchor::client at(const char *variable, std::uint32_t max_retries = 2) {
    anchor::options settings;
    settings.base_url = from_environment(variable);
    settings.timeout = 150s;
    settings.max_retries = max_retries;
    return anchor::client(settings);
}

// 200 MB, cut off in the middle by the server, then by the host, and gone on with by the next attempt and call.
void test_a_long_video() {
    const long before = peak_memory_kb();
    const scratch folder;
    const anchor::client client = at("SANDBOX_VIDEO_URL");
    constexpr std::uint64_t enough = LONG_VIDEO_BYTES / 4 * 3;
    anchor::call interrupted;
    interrupted.set_progress([=](std::uint64_t done, std::uint64_t) { return done < enough; });
    anchor::outcome done = client.download_recording("cut-once", folder.video(), interrupted, std::nothrow);
    CHECK_ROW(done.message.c_str(), done.code == anchor::errc::cancelled && done.attempts == 2);
    const anchor::transfer left = interrupted.transferred();
    CHECK(left.done >= enough && left.done < LONG_VIDEO_BYTES && left.total == LONG_VIDEO_BYTES);
    CHECK(folder.parts() == 1 && folder.files() == 1);

    anchor::call going_on;
    std::uint64_t first = 0;
    going_on.set_progress([&](std::uint64_t so_far, std::uint64_t) {
        first = first == 0 ? so_far : first;
        return true;
    });
    done = client.download_recording("cut-once", folder.video(), going_on);
    CHECK(done.http_status == 206 && done.attempts == 1 && done.result.empty() && first >= left.done);
    CHECK(going_on.transferred().done == LONG_VIDEO_BYTES);
    const long more = peak_memory_kb() - before;
    CHECK(more < memory_kb);
    std::printf("a long video: %ld KB more at the peak\n", more);
    CHECK(folder.has_video(LONG_VIDEO_BYTES) && folder.files() == 1);
}

void test_what_names_a_file() {
    const anchor::client client = at("SANDBOX_URL");
    const scratch folder;
    const std::string name = folder.path() + "/vid\xC3\xA9o.mp4 and more";
    write_file(folder.video().c_str(), "old");
    client.download_recording("abc", folder.video().c_str());
    CHECK(folder.has_video());
    client.download_recording("abc", std::string_view(name).substr(0, folder.path().size() + 11));
    client.download_recording("abc", std::filesystem::path(folder.path()) / u8"p\u00e4th.mp4");
    client.download_recording("abc", std::filesystem::path(folder.path()) / L"wide.mp4");
    for (const char *made : {"/vid\xC3\xA9o.mp4", "/p\xC3\xA4th.mp4", "/wide.mp4"}) {
        CHECK_ROW(made, is_video((folder.path() + made).c_str(), VIDEO_BYTES, 1));
    }
    CHECK(folder.files() == 4);
}

void test_ways_that_it_comes() {
    const struct {
        const char *session_id;
        int status;
        std::uint32_t attempts;
        unsigned version;
    } rows[] = {
        {"cut-once", ANCHOR_OK, 2, 1},          {"no-etag-cut-once", ANCHOR_OK, 2, 1},
        {"no-range-cut-once", ANCHOR_OK, 2, 1}, {"changed-cut-once", ANCHOR_OK, 2, 2},
        {"video-chunked", ANCHOR_OK, 1, 1},     {"video-empty", ANCHOR_BAD_RESPONSE, 1, 0},
        {"html", ANCHOR_BAD_RESPONSE, 1, 0},
    };
    const anchor::client client = at("SANDBOX_URL");
    for (const auto &row : rows) {
        const scratch folder;
        const anchor::outcome done = client.download_recording(row.session_id, folder.video(), std::nothrow);
        CHECK_ROW(row.session_id, done.code.value() == row.status && done.attempts == row.attempts);
        CHECK_ROW(row.session_id,
                  folder.has_video(VIDEO_BYTES, row.version) == done.ok() && folder.parts() == 0);
    }
    CHECK(count_in_log("/cut-once/recordings/primary/fetch", "\"range\":\"bytes=2047-\"") == 1);
}

void test_a_failure_leaves_what_was_there() {
    const anchor::client client = at("SANDBOX_URL", 0);
    const scratch folder;
    write_file(folder.video().c_str(), "old");
    CHECK(client.download_recording("cut", folder.video(), std::nothrow).code ==
          anchor::errc::connection_lost);
    CHECK(file_holds(folder.video().c_str(), "old") && folder.parts() == 1);
    anchor::call hasty;
    hasty.set_timeout(500ms);
    bool caught = false;
    try {
        client.download_recording("video-slow", folder.video(), hasty);
    } catch (const anchor::error &error) {
        caught = error.code() == anchor::errc::timeout && is_presentable(error.what());
    }
    CHECK(caught && file_holds(folder.video().c_str(), "old") && folder.parts() == 2);
}

// What the kernel does with a file that has reached its limit is a signal that ends the process.
void test_a_full_disk() {
    const anchor::client client = at("SANDBOX_URL");
    const scratch folder;
    sigset_t mask;
    rlimit usual{};
    CHECK(std::signal(SIGXFSZ, SIG_DFL) != SIG_ERR && getrlimit(RLIMIT_FSIZE, &usual) == 0);
    const rlimit small{VIDEO_BYTES / 4, usual.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const anchor::outcome done = client.download_recording("abc", folder.video(), std::nothrow);
    CHECK(setrlimit(RLIMIT_FSIZE, &usual) == 0);
    CHECK_ROW(done.message.c_str(), done.code == anchor::errc::resource_exhausted && folder.files() == 0);
    CHECK(is_presentable(done.message.c_str()) && pthread_sigmask(SIG_SETMASK, nullptr, &mask) == 0);
    CHECK(sigismember(&mask, SIGXFSZ) == 0 && sigismember(&mask, SIGPIPE) == 0);
}

void test_unusable_files() {
    const anchor::client client = at("SANDBOX_URL");
    const scratch folder;
    const unsigned before = request_count();
    const std::string rows[] = {
        "",          folder.path(), folder.path() + "/", folder.path() + "/none/video.mp4",
        "/dev/null", "/tmp/\xFF",   "/tmp/a\0b"s};
    for (const std::string &row : rows) {
        const anchor::outcome done = client.download_recording("abc", row, std::nothrow);
        CHECK_ROW(row.c_str(), done.code == anchor::errc::invalid_argument && done.attempts == 0);
        CHECK_ROW(done.message.c_str(), begins_with(done.message.c_str(), "file "));
        CHECK_ROW(row.c_str(), is_presentable(done.message.c_str()));
    }
    CHECK(request_count() == before && folder.files() == 0);
}

void test_a_file_that_is_being_written() {
    const anchor::client client = at("SANDBOX_URL");
    const scratch folder;
    anchor::outcome second;
    anchor::call first;
    first.set_progress([&](std::uint64_t, std::uint64_t) {
        second = client.download_recording("abc", folder.video(), std::nothrow);
        return false;
    });
    CHECK(client.download_recording("abc", folder.video(), first, std::nothrow).code ==
          anchor::errc::cancelled);
    CHECK_ROW(second.message.c_str(), second.code == anchor::errc::invalid_argument && second.attempts == 0);
    CHECK_ROW(second.message.c_str(), second.message.find("another download") != std::string::npos);
}

} // namespace

int main() {
    alarm(deadline_s);
    // First, so that nothing else has needed memory before.
    test_a_long_video();
    test_what_names_a_file();
    test_ways_that_it_comes();
    test_a_failure_leaves_what_was_there();
    test_a_full_disk();
    test_unusable_files();
    test_a_file_that_is_being_written();
    return conclude_test("test_download");
}
