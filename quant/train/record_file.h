// Recorded positions on disk: a file that grows at its end and that a reader knows its way about.
//
// The 16 bytes "hayago-positions" and then for every position, little-endian, 4 bytes of length, 4
// of CRC-32, and as many bytes as that of encode_record(). A writer that was interrupted leaves a
// part of a position at the end at most; readers ignore it, and the next writer cuts it off.
#pragma once
#include <cstddef>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "nn/model/mapped_file.h"
#include "quant/train/position_record.h"

namespace hayago::quant {

class RecordWriter {
 public:
  // Appends to the file, which is made if it does not exist. Throws nn::ModelError if it is not
  // such a file, or damaged anywhere but at its end, or cannot be written.
  explicit RecordWriter(const std::string& path);

  // Throws as encode_record() does, then nothing is written, and nn::ModelError.
  void append(const PositionRecord& record);
  // Everything so far is in the file, though perhaps not yet on the disk.
  void flush();
  std::size_t size() const { return size_; }  // positions in the file

 private:
  std::string path_;
  std::ofstream out_;
  std::size_t size_ = 0;
};

// All positions of some files, by number, in any order (DataOrder). Threads may share one.
class RecordReader {
 public:
  // Looks at the length of every position. Throws nn::ModelError for what is not such a file.
  explicit RecordReader(const std::vector<std::string>& paths);

  std::size_t size() const { return places_.size(); }
  // Throws nn::ModelError naming the file if the position is damaged.
  PositionRecord read(std::size_t number) const;

 private:
  struct Place {
    std::uint32_t file, length;
    std::size_t at;
  };
  std::vector<std::string> paths_;
  std::vector<std::unique_ptr<nn::MappedFile>> files_;
  std::vector<Place> places_;
};

}  // namespace hayago::quant
