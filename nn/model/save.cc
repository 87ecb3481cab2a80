#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "nn/model/gz.h"
#include "nn/model/load.h"
#include "nn/model/tensor_model.h"
#include "nn/model/tokens.h"
#include "nn/model/write.h"

namespace hayago::nn {

void save_model(const ModelDesc& model, const std::string& path) {
  const std::optional<Container> container = container_of(path);
  if (!container) {
    throw ModelError(fmt::format("{}: file name does not end in {}", path, kAllowedEndings));
  }
  if (container->arrays == Container::Arrays::kTensors) {
    return save_tensor_model(model, FloatStorage::kF32, {}, path);
  }
  std::string content = serialize_model(model, container->arrays == Container::Arrays::kText);
  if (container->gzip) content = deflate_member(content);
  write_whole_file(path, content);
}

void write_whole_file(const std::string& path, const std::string& content) {
  const std::string temporary = path + ".part";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  if (!out) throw ModelError(fmt::format("{}: cannot be created", temporary));
  out.write(content.data(), std::ssize(content));
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(temporary, path, error);
  if (!out || error) {
    std::remove(temporary.c_str());
    throw ModelError(fmt::format("{}: {} bytes could not be written{}{}", path, content.size(),
                                 error ? ": " : " (disk full?)", error ? error.message() : ""));
  }
}

}  // namespace hayago::nn
