/** @file
 * A folder for downloads that goes with its scope.
 */

#ifndef TEST_FOLDER_HPP
#define TEST_FOLDER_HPP

#include <string>

#include "test_download.h"

class scratch {
  public:
    scratch() : folder_(make_folder()) {}
    scratch(const scratch &) = delete;
    scratch &operator=(const scratch &) = delete;
    ~scratch() { remove_folder(&folder_); }

    std::string path() const { return folder_.path; }
    std::string video() const { return folder_.video; }
    unsigned files(const char *ending = "") const { return files_in(&folder_, ending); }
    unsigned parts() const { return files(".part"); }
    bool has_video(std::uint64_t length = VIDEO_BYTES, unsigned version = 1) const {
        return is_video(folder_.video, length, version) != 0;
    }

  private:
    test_folder folder_;
};

#endif
