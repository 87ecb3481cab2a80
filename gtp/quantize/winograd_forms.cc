#include "gtp/quantize/winograd_forms.h"

#include <algorithm>
#include <span>

#include "gtp/accuracy/net_batch.h"
#include "quant/winograd.h"

namespace hayago::gtp {
namespace {

constexpr std::size_t kPositions = 256;
constexpr int kBatch = 8;

// Every so many positions, one.
std::size_t stride_of(std::size_t positions) { return (positions + kPositions - 1) / kPositions; }

}  // namespace

std::size_t winograd_positions(std::size_t positions) {
  const std::size_t stride = std::max<std::size_t>(stride_of(positions), 1);
  return (positions + stride - 1) / stride;
}

void add_winograd_forms(const nn::ModelDesc& model, const std::vector<int>& forms, int size,
                        const std::vector<search::GameState>& positions, nn::Precision& precision,
                        const std::function<void()>& step) {
  std::vector<search::GameState> some;
  for (std::size_t i = 0; i < positions.size(); i += stride_of(positions.size())) {
    some.push_back(positions[i]);
  }
  quant::WinogradCalibrator calibrator(model, precision, forms, size, size, kBatch);
  NetBatch batch(calibrator.info(), size, kBatch);
  for (std::size_t at = 0; at < some.size(); at += kBatch) {
    batch.fill(std::span(some).subspan(at, std::min<std::size_t>(kBatch, some.size() - at)));
    calibrator.add(batch.inputs());
    for (std::size_t i = 0; i < batch.inputs().size(); ++i) step();
  }
  calibrator.add_forms(precision);
}

}  // namespace hayago::gtp
