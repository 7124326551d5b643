// Downloads are all or nothing, resume after a lost connection, and take any kind of path.
#include <array>
#include <csignal>
#include <fstream>
#include <string>

#include "scratch_folder.hpp"
#include "test_client.hpp"
#include "test_session.h"

#ifndef _WIN32
#include <sys/resource.h>
#endif

using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

constexpr unsigned deadline_s = 170;
constexpr long memory_kb = 32L * 1024;

anchor::client at(const char *variable, std::uint32_t max_retries = 2) {
    anchor::options settings = settings_for(variable, max_retries);
    settings.timeout = 150s;
    return anchor::client(settings);
}

// 200 MB, interrupted first by the server and then by the host.
void test_an_interrupted_download_resumes_in_constant_memory() {
    const long before = peak_memory_kb();
    const scratch_folder folder;
    const anchor::client client = at("SANDBOX_VIDEO_URL");
    constexpr std::uint64_t enough = LONG_VIDEO_BYTES / 4 * 3;
    anchor::call interrupted;
    interrupted.set_progress([=](std::uint64_t done, std::uint64_t) { return done < enough; });
    anchor::outcome done = client.download_recording("cut-once", folder.video(), interrupted, std::nothrow);
    CHECK_ROW(done.message.c_str(), done.code == anchor::errc::cancelled && done.attempts == 2);
    const anchor::transfer left = interrupted.transferred();
    CHECK(left.done >= enough && left.done < LONG_VIDEO_BYTES && left.total == LONG_VIDEO_BYTES);
    CHECK(folder.parts() == KEEPS_PARTS && folder.files() == KEEPS_PARTS);

    anchor::call resumed;
    std::uint64_t first = 0;
    resumed.set_progress([&](std::uint64_t so_far, std::uint64_t) {
        first = first == 0 ? so_far : first;
        return true;
    });
    done = client.download_recording("cut-once", folder.video(), resumed);
    CHECK(done.ok() && done.attempts == 1 && done.result.empty());
    CHECK((done.http_status == 206) == KEEPS_PARTS && (first >= left.done) == KEEPS_PARTS);
    CHECK(resumed.transferred().done == LONG_VIDEO_BYTES);
    const long more = peak_memory_kb() - before;
    CHECK(more < memory_kb);
    std::printf("a long video: %ld KB more at the peak\n", more);
    CHECK(folder.has_video(LONG_VIDEO_BYTES) && folder.files() == 1);
}

void test_a_path_may_have_any_string_type() {
    const anchor::client client = at("SANDBOX_URL");
    const scratch_folder folder;
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

#ifndef _WIN32

// The pipe has room for the whole video.
void test_a_pipe_gets_the_video() {
    const anchor::client client = at("SANDBOX_URL");
    const scratch_folder folder;
    std::array<int, 2> ends{};
    std::array<char, VIDEO_BYTES + 1> bytes{};
    CHECK(pipe(ends.data()) == 0);
    client.download_recording("abc", "/dev/fd/" + std::to_string(ends[1]));
    CHECK(close(ends[1]) == 0 && read(ends[0], bytes.data(), bytes.size()) == VIDEO_BYTES);
    CHECK(close(ends[0]) == 0);
    std::ofstream(folder.video(), std::ios::binary).write(bytes.data(), VIDEO_BYTES);
    CHECK(folder.has_video(VIDEO_BYTES, 1));
}

#endif

void test_each_fault_of_a_download_has_its_result() {
    const anchor::client client = at("SANDBOX_URL");
    for (const auto &row : download_faults) {
        const scratch_folder folder;
        const anchor::outcome done = client.download_recording(row.session_id, folder.video(), std::nothrow);
        CHECK_ROW(row.session_id, done.code.value() == row.status && done.attempts == row.attempts);
        CHECK_ROW(row.session_id,
                  folder.has_video(VIDEO_BYTES, row.version) == done.ok() && folder.parts() == 0);
    }
    CHECK(count_in_log("/cut-once/recordings/primary/fetch", "\"range\":\"bytes=0-\"") == 1);
}

void test_a_failed_download_keeps_the_old_file() {
    const anchor::client client = at("SANDBOX_URL", 0);
    const scratch_folder folder;
    write_file(folder.video().c_str(), "old");
    CHECK(client.download_recording("cut", folder.video(), std::nothrow).code ==
          anchor::errc::connection_lost);
    CHECK(file_holds(folder.video().c_str(), "old") && folder.parts() == KEEPS_PARTS);
    anchor::call hasty;
    hasty.set_timeout(500ms);
    bool caught = false;
    try {
        client.download_recording("video-slow", folder.video(), hasty);
    } catch (const anchor::error &error) {
        caught = error.code() == anchor::errc::timeout && is_presentable(error.what());
    }
    CHECK(caught && file_holds(folder.video().c_str(), "old") && folder.parts() == 2 * KEEPS_PARTS);
}

#ifndef _WIN32

// The file size limit stands in for a full disk. Its signal, SIGXFSZ, would end the process.
void test_a_full_disk_leaves_no_file_and_the_signal_mask_unchanged() {
    const anchor::client client = at("SANDBOX_URL");
    const scratch_folder folder;
    sigset_t mask;
    rlimit original{};
    CHECK(std::signal(SIGXFSZ, SIG_DFL) != SIG_ERR && getrlimit(RLIMIT_FSIZE, &original) == 0);
    const rlimit small{VIDEO_BYTES / 4, original.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const anchor::outcome done = client.download_recording("abc", folder.video(), std::nothrow);
    CHECK(setrlimit(RLIMIT_FSIZE, &original) == 0);
    CHECK_ROW(done.message.c_str(), done.code == anchor::errc::resource_exhausted && folder.files() == 0);
    CHECK(is_presentable(done.message.c_str()) && pthread_sigmask(SIG_SETMASK, nullptr, &mask) == 0);
    CHECK(sigismember(&mask, SIGXFSZ) == 0 && sigismember(&mask, SIGPIPE) == 0);
}

#endif

void test_unusable_paths_are_refused_before_sending() {
    const anchor::client client = at("SANDBOX_URL");
    const scratch_folder folder;
    const unsigned before = request_count();
    const std::string rows[] = {
        "",
        folder.path(),
        folder.path() + "/",
        folder.path() + "/none/video.mp4",
        "/dev/null",
        "/tmp/a\0b"s,
#ifndef _WIN32
        // On Windows, the bytes of a narrow string are those of a code page.
        "/tmp/\xFF",
#endif
    };
    for (const std::string &row : rows) {
        const anchor::outcome done = client.download_recording("abc", row, std::nothrow);
        CHECK_ROW(row.c_str(), done.code == anchor::errc::invalid_argument && done.attempts == 0);
        CHECK_ROW(done.message.c_str(), begins_with(done.message.c_str(), "file "));
        CHECK_ROW(row.c_str(), is_presentable(done.message.c_str()));
    }
    CHECK(request_count() == before && folder.files() == 0);
}

void test_a_file_that_another_download_writes_is_refused() {
    const anchor::client client = at("SANDBOX_URL");
    const scratch_folder folder;
    anchor::outcome second;
    anchor::call first;
    first.set_progress([&](std::uint64_t, std::uint64_t) {
        second = client.download_recording("abc", folder.video(), std::nothrow);
        return false;
    });
    CHECK(client.download_recording("abc", folder.video(), first, std::nothrow).code ==
          anchor::errc::cancelled);
#if KEEPS_PARTS
    CHECK_ROW(second.message.c_str(), second.code == anchor::errc::invalid_argument && second.attempts == 0);
    CHECK_ROW(second.message.c_str(), second.message.find("another download") != std::string::npos);
#else
    CHECK_ROW(second.message.c_str(), second.ok() && folder.has_video());
#endif
}

} // namespace

int main() {
    alarm(deadline_s);
    // This test runs first, because others would raise the peak memory.
    test_an_interrupted_download_resumes_in_constant_memory();
    test_a_path_may_have_any_string_type();
#ifndef _WIN32
    test_a_pipe_gets_the_video();
    test_a_full_disk_leaves_no_file_and_the_signal_mask_unchanged();
#endif
    test_each_fault_of_a_download_has_its_result();
    test_a_failed_download_keeps_the_old_file();
    test_unusable_paths_are_refused_before_sending();
    test_a_file_that_another_download_writes_is_refused();
    return conclude_test("test_download");
}
