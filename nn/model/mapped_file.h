// A file's bytes without a copy of them.
#pragma once
#include <string>
#include <string_view>

#include "nn/model/gz.h"

namespace hayago::nn {

// Maps a plain file for reading; what cannot be mapped (pipes, some file systems) is read. Networks
// are mapped only while they are loaded: a file that somebody cuts off within that time ends the
// program, as with any mapping, and later ones do no harm. Files that are replaced by renaming, as
// all of ours are, are safe at any time.
class MappedFile {
 public:
  // Throws ModelError.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view view() const { return view_; }
  bool is_mapped() const { return map_ != nullptr; }

 private:
  void* map_ = nullptr;
  Bytes copy_;
  std::string_view view_;
};

}  // namespace hayago::nn
