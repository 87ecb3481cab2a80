#include "quant/train/checkpoint.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "nn/model/load.h"
#include "nn/model/safetensors.h"
#include "nn/model/write.h"

namespace hayago::quant {
namespace {

static_assert(std::endian::native == std::endian::little, "the container is little-endian");

constexpr const char* kFormat = "hayago-training-1";
constexpr const char *kLatest = "latest/", *kAverage = "average/", *kFirst = "first/",
                     *kSecond = "second/";

const char* name_of(OptimizerKind kind) { return kind == OptimizerKind::kAdamW ? "adamw" : "sgd"; }

void add(nn::TensorFile& file, const char* prefix, const TrainableModel& model,
         const std::vector<float>& values) {
  for (const Parameter& p : model.parameters()) {
    const char* bytes = reinterpret_cast<const char*>(values.data() + p.offset);
    file.tensors[prefix + p.name] = {"F32", p.shape, {bytes, p.size * sizeof(float)}};
  }
}

class Reader {
 public:
  Reader(const std::string& path, const TrainableModel& model, OptimizerKind optimizer)
      : path_(path), model_(model), optimizer_(optimizer), bytes_(content(path)) {
    file_ = nn::parse_tensors(bytes_, path);
  }

  Checkpoint run() {
    if (text("format") != kFormat) fail(fmt::format("it is no checkpoint ({})", kFormat));
    if (text("optimizer") != name_of(optimizer_)) {
      fail(fmt::format("its optimizer is {}, not {}", text("optimizer"), name_of(optimizer_)));
    }
    Checkpoint result;
    result.latest = values(kLatest);
    result.average = values(kAverage);
    result.moments.first = values(kFirst);
    if (optimizer_ == OptimizerKind::kAdamW) result.moments.second = values(kSecond);
    if (used_ != file_.tensors.size()) fail("it has tensors that this network does not have");
    result.moments.steps = static_cast<std::int64_t>(number("steps"));
    result.order.seed = number("order_seed");
    result.order.epoch = number("order_epoch");
    result.order.at = number("order_at");
    return result;
  }

 private:
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (!in) throw nn::ModelError(fmt::format("{}: cannot be read", path));
    return bytes;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw nn::ModelError(fmt::format("{}: {}", path_, what));
  }

  std::string text(const std::string& key) const {
    const auto found = file_.metadata.find(key);
    if (found == file_.metadata.end()) fail(fmt::format("it has no metadata '{}'", key));
    return found->second;
  }

  std::uint64_t number(const std::string& key) const {
    const std::string digits = text(key);
    std::uint64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || stopped != end) fail(fmt::format("{} is '{}'", key, digits));
    return value;
  }

  std::vector<float> values(const std::string& prefix) {
    std::vector<float> all(model_.size());
    for (const Parameter& p : model_.parameters()) {
      const auto found = file_.tensors.find(prefix + p.name);
      if (found == file_.tensors.end())
        fail(fmt::format("tensor '{}{}' is absent", prefix, p.name));
      const nn::TensorInfo& tensor = found->second;
      if (tensor.type != "F32" || tensor.shape != p.shape) {
        fail(fmt::format("tensor '{}{}' has another type or shape than this network's", prefix,
                         p.name));
      }
      std::memcpy(all.data() + p.offset, tensor.bytes.data(), tensor.bytes.size());
      ++used_;
    }
    for (const float v : all) {
      if (!std::isfinite(v)) fail(fmt::format("a number of {} is not finite", prefix));
    }
    return all;
  }

  const std::string& path_;
  const TrainableModel& model_;
  OptimizerKind optimizer_;
  std::string bytes_;
  nn::TensorFile file_;
  std::size_t used_ = 0;
};

}  // namespace

void write_checkpoint(const std::string& path, const TrainableModel& model, OptimizerKind optimizer,
                      const Checkpoint& checkpoint) {
  nn::TensorFile file;
  add(file, kLatest, model, checkpoint.latest);
  add(file, kAverage, model, checkpoint.average);
  add(file, kFirst, model, checkpoint.moments.first);
  if (optimizer == OptimizerKind::kAdamW) add(file, kSecond, model, checkpoint.moments.second);
  file.metadata = {{"format", kFormat},
                   {"optimizer", name_of(optimizer)},
                   {"steps", std::to_string(checkpoint.moments.steps)},
                   {"order_seed", std::to_string(checkpoint.order.seed)},
                   {"order_epoch", std::to_string(checkpoint.order.epoch)},
                   {"order_at", std::to_string(checkpoint.order.at)}};
  nn::write_whole_file(path, nn::write_tensors(file));
}

Checkpoint read_checkpoint(const std::string& path, const TrainableModel& model,
                           OptimizerKind optimizer) {
  return Reader(path, model, optimizer).run();
}

}  // namespace hayago::quant
