#include "gtp/quantize/fitted_outputs.h"

#include <algorithm>
#include <span>

#include "gtp/accuracy/net_batch.h"
#include "nn/model/load.h"
#include "quant/output_fit.h"

namespace hayago::gtp {
namespace {

constexpr std::size_t kBatch = 8;

}  // namespace

double fit_outputs(const nn::ModelDesc& exact, nn::ModelDesc& model, const nn::Precision& precision,
                   const nn::Int8Weights& float_weights, int size,
                   const std::vector<search::GameState>& positions,
                   const std::function<void()>& step) {
  const nn::ModelDesc stored = nn::load_model_from_memory(
      nn::serialize_tensor_model(model, nn::FloatStorage::kF16All, {}, float_weights),
      "stored.safetensors");
  quant::OutputFit fit(exact, stored, precision, size, size, static_cast<int>(kBatch));
  NetBatch batch(fit.info(), size, static_cast<int>(kBatch));
  for (std::size_t at = 0; at < positions.size(); at += kBatch) {
    batch.fill(std::span(positions).subspan(at, std::min(kBatch, positions.size() - at)));
    fit.add(batch.inputs());
    for (std::size_t i = 0; step && i < batch.inputs().size(); ++i) step();
  }
  return fit.apply(model.value);
}

}  // namespace hayago::gtp
