#include "quant/train/record_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <filesystem>
#include <functional>
#include <stdexcept>

#include "nn/model/load.h"

namespace hayago::quant {
namespace {

constexpr std::string_view kMagic = "hayago-positions";
constexpr std::size_t kHead = 8;  // length and checksum
constexpr std::uint32_t kLongest = 1u << 24;

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return value;
}

void put_number(std::uint32_t value, std::string& to) {
  for (int i = 0; i < 4; ++i) to.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

// Calls back with place and length of every whole position; returns where the last one ends.
std::size_t walk(std::string_view bytes, const std::string& path,
                 const std::function<void(std::size_t at, std::uint32_t length)>& found) {
  if (bytes.substr(0, kMagic.size()) != kMagic) {
    throw nn::ModelError(fmt::format("{}: no file of recorded positions", path));
  }
  std::size_t at = kMagic.size();
  while (bytes.size() - at >= kHead) {
    const std::uint32_t length = number_at(bytes, at);
    if (length > kLongest) {
      throw nn::ModelError(fmt::format("{}: damaged at byte {}", path, at));
    }
    if (bytes.size() - at - kHead < length) break;
    found(at, length);
    at += kHead + length;
  }
  return at;
}

bool is_intact(std::string_view bytes, std::size_t at, std::uint32_t length) {
  return checksum(bytes.substr(at + kHead, length)) == number_at(bytes, at + 4);
}

}  // namespace

RecordWriter::RecordWriter(const std::string& path) : path_(path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (error || bytes == 0) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << kMagic;
  } else {
    std::size_t end = 0;
    {
      const nn::MappedFile file(path);
      end = walk(file.view(), path, [&](std::size_t at, std::uint32_t length) {
        ++size_;
        if (is_intact(file.view(), at, length)) return;
        throw nn::ModelError(fmt::format("{}: position {} is damaged", path, size_ - 1));
      });
    }
    std::filesystem::resize_file(path, end, error);
    if (error) throw nn::ModelError(fmt::format("{}: {}", path, error.message()));
  }
  out_.open(path, std::ios::binary | std::ios::app);
  if (!out_) throw nn::ModelError(fmt::format("{}: cannot be written", path));
}

void RecordWriter::append(const PositionRecord& record) {
  const std::string content = encode_record(record);
  std::string bytes;
  put_number(static_cast<std::uint32_t>(content.size()), bytes);
  put_number(checksum(content), bytes);
  bytes += content;
  out_.write(bytes.data(), std::ssize(bytes));
  if (!out_) throw nn::ModelError(fmt::format("{}: cannot be written (disk full?)", path_));
  ++size_;
}

void RecordWriter::flush() {
  if (!out_.flush()) throw nn::ModelError(fmt::format("{}: cannot be written", path_));
}

RecordReader::RecordReader(const std::vector<std::string>& paths) : paths_(paths) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    files_.push_back(std::make_unique<nn::MappedFile>(paths[i]));
    walk(files_.back()->view(), paths[i], [&](std::size_t at, std::uint32_t length) {
      places_.push_back({static_cast<std::uint32_t>(i), length, at});
    });
  }
}

PositionRecord RecordReader::read(std::size_t number) const {
  const Place& place = places_.at(number);
  const std::string_view bytes = files_[place.file]->view();
  const auto damaged = [&](const char* why) {
    return nn::ModelError(fmt::format("{}: the position at byte {} is damaged: {}",
                                      paths_[place.file], place.at, why));
  };
  if (!is_intact(bytes, place.at, place.length)) throw damaged("wrong checksum");
  try {
    return decode_record(bytes.substr(place.at + kHead, place.length));
  } catch (const std::invalid_argument& error) {
    throw damaged(error.what());
  }
}

}  // namespace hayago::quant
