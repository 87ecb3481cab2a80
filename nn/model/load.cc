#include "nn/model/load.h"

#include <fmt/format.h>

#include <filesystem>
#include <future>
#include <utility>

#include "nn/model/gz.h"
#include "nn/model/model_file.h"
#include "nn/model/parse.h"
#include "nn/model/sha256.h"
#include "nn/model/tensor_model.h"
#include "nn/model/tokens.h"

namespace hayago::nn {
namespace {

// Below this a second thread for the digest costs more than it hides.
constexpr std::size_t kDigestInBackground = std::size_t{1} << 20;

ModelDesc parse_as(std::string_view content, bool text, const std::string& name) {
  Reader reader(content, text, name);
  return parse_model(reader);
}

ModelDesc parse_either(std::string_view content, const std::string& name) {
  std::string binary_error;
  try {
    return parse_as(content, false, name);
  } catch (const ModelError& error) {
    binary_error = error.what();
  }
  try {
    return parse_as(content, true, name);
  } catch (const ModelError& error) {
    throw ModelError(fmt::format("neither a binary nor a text network. As binary: {}. As text: {}",
                                 binary_error, error.what()));
  }
}

ModelDesc parse_content(std::string_view content, Container::Arrays arrays,
                        const std::string& name) {
  if (arrays == Container::Arrays::kTensors) return parse_tensor_model(content, name);
  if (arrays == Container::Arrays::kEither) return parse_either(content, name);
  return parse_as(content, arrays == Container::Arrays::kText, name);
}

}  // namespace

ModelDesc load_model_from_memory(std::string_view bytes, const std::string& name,
                                 const LoadOptions& options) {
  const std::optional<Container> container = container_of(name);
  if (!container) {
    throw ModelError(
        fmt::format("{}: file name does not end in {}", printable(name), kAllowedEndings));
  }
  const auto policy =
      bytes.size() < kDigestInBackground ? std::launch::deferred : std::launch::async;
  std::future<std::string> digest;
  if (options.sha256) digest = std::async(policy, sha256_hex, bytes);
  ModelDesc model;
  if (container->gzip) {
    const Bytes content = inflate_member(bytes, name);
    model = parse_content(content.view(), container->arrays, name);
  } else {
    model = parse_content(bytes, container->arrays, name);
  }
  if (digest.valid()) model.sha256 = digest.get();
  return model;
}

ModelDesc load_model(const std::string& path, const LoadOptions& options) {
  if (!container_of(path)) {  // before reading what may be any large file
    throw ModelError(
        fmt::format("{}: file name does not end in {}", printable(path), kAllowedEndings));
  }
  const ModelFile file(path);
  ModelDesc model = load_model_from_memory(file.view(), path, options);
  model.file_name = std::filesystem::path(path).filename().string();
  return model;
}

}  // namespace hayago::nn
