/** @file
 * A folder for downloads that is removed at the end of its scope.
 */

#ifndef SCRATCH_FOLDER_HPP
#define SCRATCH_FOLDER_HPP

#include <string>

#include "test_download.h"

class scratch_folder {
  public:
    scratch_folder() : folder_(make_folder()) {}
    scratch_folder(const scratch_folder &) = delete;
    scratch_folder &operator=(const scratch_folder &) = delete;
    ~scratch_folder() { remove_folder(&folder_); }

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
