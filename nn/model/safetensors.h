// The safetensors container: a header in JSON with names, types, shapes and places, then the bytes
// (format: github.com/huggingface/safetensors, README).
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hayago::nn {

struct TensorInfo {
  std::string type;  // "F32", "F16", "I8", "I32"
  std::vector<std::int64_t> shape;
  std::string_view bytes;  // little-endian; in the buffer that was parsed
};

struct TensorFile {
  std::map<std::string, std::string> metadata;
  std::map<std::string, TensorInfo> tensors;
};

// `file` is used in messages. Throws ModelError naming the tensor for a header that is no JSON of
// that form, an unknown type, a shape that does not fit the bytes, and tensors that overlap, leave
// gaps or end outside.
TensorFile parse_tensors(std::string_view bytes, const std::string& file);

// The whole file. Tensors lie in the order of their names, each at a multiple of its element size.
std::string write_tensors(const TensorFile& content);

}  // namespace hayago::nn
