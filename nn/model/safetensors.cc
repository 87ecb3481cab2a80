#include "nn/model/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "nn/model/load.h"
#include "nn/model/reader.h"

namespace hayago::nn {
namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8, kLongestHeader = std::size_t{1} << 26;
constexpr const char* kMetadata = "__metadata__";

std::size_t element_bytes(std::string_view type) {
  if (type == "I8") return 1;
  if (type == "F16") return 2;
  if (type == "F32" || type == "I32") return 4;
  return 0;
}

class Parser {
 public:
  Parser(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  TensorFile run() {
    const json header = read_header();
    for (const auto& [name, entry] : header.items()) {
      if (name == kMetadata) {
        read_metadata(entry);
      } else {
        read_tensor(name, entry);
      }
    }
    check_places();
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw ModelError(fmt::format("{}: {}", printable(file_), what));
  }
  [[noreturn]] void fail_at(const std::string& tensor, const std::string& what) const {
    fail(fmt::format("tensor '{}': {}", printable(tensor), what));
  }

  json read_header() {
    if (bytes_.size() < kLengthBytes) {
      fail(fmt::format("{} bytes are too few for a safetensors file", bytes_.size()));
    }
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < kLengthBytes; ++i) {
      length |= std::uint64_t{static_cast<unsigned char>(bytes_[i])} << (8 * i);
    }
    if (length > std::min(kLongestHeader, bytes_.size() - kLengthBytes)) {
      fail(
          fmt::format("the header is said to have {} bytes, but {} follow (is this a safetensors "
                      "file?)",
                      length, bytes_.size() - kLengthBytes));
    }
    data_ = bytes_.substr(kLengthBytes + length);
    json header =
        json::parse(bytes_.substr(kLengthBytes, length), nullptr, /*allow_exceptions=*/false);
    if (!header.is_object()) fail("the header is not a JSON object");
    return header;
  }

  void read_metadata(const json& entry) {
    if (!entry.is_object()) fail("the header's __metadata__ is not an object");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) fail(fmt::format("metadata '{}' is not a string", printable(key)));
      result_.metadata[key] = value.get<std::string>();
    }
  }

  void read_tensor(const std::string& name, const json& entry) {
    if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
        !entry.contains("shape") || !entry["shape"].is_array() || !entry.contains("data_offsets") ||
        !entry["data_offsets"].is_array() || entry["data_offsets"].size() != 2) {
      fail_at(name, "expected dtype, shape and two data_offsets");
    }
    TensorInfo info;
    info.type = entry["dtype"].get<std::string>();
    const std::size_t element = element_bytes(info.type);
    if (element == 0) {
      fail_at(name, fmt::format("type '{}' (expected F32, F16, I32 or I8)", printable(info.type)));
    }
    std::uint64_t needed = element;
    for (const json& edge : entry["shape"]) {
      if (!edge.is_number_unsigned()) fail_at(name, "the shape has an edge that is no number");
      const auto value = edge.get<std::uint64_t>();
      // An edge of 0 makes any other one fit, but none may leave the range of its type.
      if (value >> 62 != 0 || (value != 0 && needed > data_.size() / value + 1)) {
        fail_at(name, "more data than the file");
      }
      needed *= value;
      info.shape.push_back(static_cast<std::int64_t>(value));
    }
    const json &first = entry["data_offsets"][0], &last = entry["data_offsets"][1];
    if (!first.is_number_unsigned() || !last.is_number_unsigned()) {
      fail_at(name, "data_offsets are no numbers");
    }
    const auto begin = first.get<std::uint64_t>(), end = last.get<std::uint64_t>();
    if (begin > end || end > data_.size()) {
      fail_at(name, fmt::format("bytes {} to {} of {}", begin, end, data_.size()));
    }
    if (end - begin != needed) {
      fail_at(name, fmt::format("{} bytes, but its shape needs {}", end - begin, needed));
    }
    info.bytes = data_.substr(begin, needed);
    places_.push_back({begin, end, name});
    result_.tensors.emplace(name, std::move(info));
  }

  void check_places() {
    std::sort(places_.begin(), places_.end());
    std::uint64_t at = 0;
    for (const Place& place : places_) {
      if (place.begin != at) {
        fail_at(place.name, fmt::format("begins at byte {} where the one before it ends at {}",
                                        place.begin, at));
      }
      at = place.end;
    }
    if (at != data_.size()) fail(fmt::format("{} bytes behind the last tensor", data_.size() - at));
  }

  struct Place {
    std::uint64_t begin, end;
    std::string name;
    auto operator<=>(const Place&) const = default;
  };

  std::string_view bytes_, data_;
  const std::string& file_;
  std::vector<Place> places_;
  TensorFile result_;
};

}  // namespace

TensorFile parse_tensors(std::string_view bytes, const std::string& file) {
  return Parser(bytes, file).run();
}

std::string write_tensors(const TensorFile& content) {
  json header;
  header[kMetadata] = content.metadata;
  std::size_t at = 0;
  // Larger elements first: then every tensor is aligned without gaps.
  std::vector<const std::pair<const std::string, TensorInfo>*> order;
  for (const auto& entry : content.tensors) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return element_bytes(a->second.type) > element_bytes(b->second.type);
  });
  for (const auto* entry : order) {
    const TensorInfo& info = entry->second;
    header[entry->first] = {{"dtype", info.type},
                            {"shape", info.shape},
                            {"data_offsets", {at, at + info.bytes.size()}}};
    at += info.bytes.size();
  }
  std::string text = header.dump();
  text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');
  std::string file;
  file.reserve(kLengthBytes + text.size() + at);
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    file += static_cast<char>(text.size() >> (8 * i) & 255);
  }
  file += text;
  for (const auto* entry : order) file += entry->second.bytes;
  return file;
}

}  // namespace hayago::nn
