#include "nn/model/tensor_file.h"

#include <optional>

#include "nn/model/tokens.h"

namespace hayago::nn {

bool is_tensor_file(std::string_view file_name) {
  const std::optional<Container> container = container_of(file_name);
  return container && container->arrays == Container::Arrays::kTensors;
}

OpenTensorFile::OpenTensorFile(const std::string& path) : file_(path) {
  const std::optional<Container> container = container_of(path);
  if (container && container->gzip) inflated_ = inflate_member(file_.view(), path);
  content_ = parse_tensors(inflated_.data ? inflated_.view() : file_.view(), path);
}

}  // namespace hayago::nn
