// A safetensors file as it is or in one gzip member.
#pragma once
#include <string>
#include <string_view>

#include "nn/model/gz.h"
#include "nn/model/model_file.h"
#include "nn/model/safetensors.h"

namespace hayago::nn {

// Whether a file of that name holds tensors (container_of).
bool is_tensor_file(std::string_view file_name);

// The bytes of the content's tensors are in this object.
class OpenTensorFile {
 public:
  // Throws ModelError as ModelFile, inflate_member() and parse_tensors() do.
  explicit OpenTensorFile(const std::string& path);

  const TensorFile& content() const { return content_; }

 private:
  ModelFile file_;
  Bytes inflated_;
  TensorFile content_;
};

}  // namespace hayago::nn
