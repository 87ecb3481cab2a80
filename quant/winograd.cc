#include "quant/winograd.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <stdexcept>

#include "quant/observed_network.h"

namespace hayago::quant {
namespace {

constexpr int kTilesPerPosition = 8;

// The transformed inputs of one layer in one form, in steps of the input.
class TransformedInputs {
 public:
  explicit TransformedInputs(int outputs)
      : outputs_(outputs),
        rows_(kernels::winograd_input_rows(outputs)),
        histograms_(rows_.size() * rows_.size()) {}

  // A tile of a position in bytes, its first output pixel being (top, left). Of the second bytes of
  // fine channels nothing is seen: they are small and have an eighth of the weights.
  void add(const char* position, const kernels::NarrowLayout& layout, int channels, int zero,
           int top, int left) {
    const std::size_t size = rows_.size();
    std::vector<int> tile(size * size), half(size * size);
    values_.resize(static_cast<std::size_t>(channels));
    transformed_.assign(size * size, values_);
    for (int c = 0; c < channels; ++c) {
      for (std::size_t i = 0; i < size * size; ++i) {
        const int y = top + static_cast<int>(i / size) - 1,
                  x = left + static_cast<int>(i % size) - 1;
        const bool inside = y <= layout.h && x <= layout.w;  // the border included
        tile[i] = inside ? byte_at(position, layout, y, x, c) - zero : 0;
      }
      for (std::size_t i = 0; i < size; ++i) {
        for (std::size_t t = 0; t < size; ++t) {
          half[i * size + t] = 0;
          for (std::size_t j = 0; j < size; ++j)
            half[i * size + t] += rows_[t][j] * tile[i * size + j];
        }
      }
      for (std::size_t t = 0; t < size * size; ++t) {
        int sum = 0;
        for (std::size_t i = 0; i < size; ++i)
          sum += rows_[t / size][i] * half[i * size + t % size];
        transformed_[t][static_cast<std::size_t>(c)] = static_cast<float>(sum);
      }
    }
    for (std::size_t t = 0; t < size * size; ++t) histograms_[t].add(transformed_[t]);
  }

  nn::WinogradScales scales(RangeMethod method) const {
    nn::WinogradScales scales;
    scales.outputs = outputs_;
    for (const Histogram& histogram : histograms_) {
      const ByteRange range = choose_range(histogram, method);
      const double factor = std::nearbyint(32768.0 / static_cast<double>(range.scale));
      scales.factors.push_back(static_cast<int>(std::clamp(factor, 1.0, 32767.0)));
      scales.zeros.push_back(range.zero);
    }
    return scales;
  }
  bool empty() const { return histograms_[0].count() == 0; }
  int outputs() const { return outputs_; }

 private:
  static int byte_at(const char* position, const kernels::NarrowLayout& layout, int y, int x,
                     int c) {
    const auto at = static_cast<std::size_t>(layout.pixel(y, x)) *
                    static_cast<std::size_t>(layout.pixel_bytes());
    return static_cast<unsigned char>(position[at + static_cast<std::size_t>(c)]);
  }

  int outputs_;
  std::vector<std::vector<int>> rows_;  // B^T
  std::vector<Histogram> histograms_;   // (a*a)
  std::vector<float> values_;           // (channels)
  std::vector<std::vector<float>> transformed_;
};

// Of all 3x3 convolutions of bytes.
class TileObserver final : public nn::OpObserver {
 public:
  TileObserver(const nn::Plan& plan, const std::vector<int>& forms) : layers_(plan.ops.size()) {
    for (std::size_t i = 0; i < plan.ops.size(); ++i) {
      const auto* conv = std::get_if<nn::ConvOp>(&plan.ops[i]);
      if (conv == nullptr || conv->shape.ky != 3) continue;
      const auto& format = plan.tensor(conv->in).narrow;
      if (!format || format->type != kernels::NarrowType::kU8) continue;
      const int fine = static_cast<int>(format->fine.size());
      layers_[i] = {conv->name, conv->in, conv->shape.c_in, fine, format->zero, {}};
      for (const int outputs : forms) layers_[i].forms.emplace_back(outputs);
    }
  }

  void before(std::size_t op, const nn::OpRun& run) override {
    Layer& layer = layers_[op];
    const kernels::NarrowLayout layout{kernels::NarrowType::kU8, layer.channels + layer.fine, run.h,
                                       run.w};
    for (TransformedInputs& form : layer.forms) {
      for (int n = 0; n < run.n; ++n) {
        const char* const position = reinterpret_cast<const char*>(run.tensor(layer.input)) +
                                     static_cast<std::size_t>(n) * layout.position_bytes();
        for (int i = 0; i < kTilesPerPosition; ++i) {
          const int top = random_tile(run.h, form.outputs()),
                    left = random_tile(run.w, form.outputs());
          const int pixel = (n * run.h + top) * run.w + left;
          if (run.mask != nullptr && run.mask[pixel] == 0) continue;
          form.add(position, layout, layer.channels, layer.zero, top, left);
        }
      }
    }
  }

  struct Layer {
    std::string name;
    nn::TensorId input = nn::kNoTensor;
    int channels = 0, fine = 0, zero = 0;
    std::vector<TransformedInputs> forms;  // empty for all other operations
  };
  const std::vector<Layer>& layers() const { return layers_; }

 private:
  int random_tile(int edge, int outputs) {
    const auto tiles = static_cast<unsigned>((edge + outputs - 1) / outputs);
    return static_cast<int>(random_() % tiles) * outputs;
  }

  std::vector<Layer> layers_;  // by operation
  std::mt19937 random_;
};

}  // namespace

struct WinogradCalibrator::Impl {
  ObservedNetwork<TileObserver> network;
};

WinogradCalibrator::WinogradCalibrator(const nn::ModelDesc& model, const nn::Precision& precision,
                                       const std::vector<int>& forms, int height, int width,
                                       int batch)
    : impl_(new Impl{{model, precision, height, width, batch, forms}}) {}

WinogradCalibrator::~WinogradCalibrator() = default;

void WinogradCalibrator::add(std::span<const nn::PositionInput> inputs) {
  impl_->network.run(inputs);
}

const nn::NetInfo& WinogradCalibrator::info() const { return impl_->network.info(); }

void WinogradCalibrator::add_forms(nn::Precision& precision, RangeMethod method) const {
  for (const TileObserver::Layer& layer : impl_->network.observer().layers()) {
    if (layer.forms.empty()) continue;
    std::vector<nn::WinogradScales>& forms = precision.layers.at(layer.name).winograd;
    forms.clear();
    for (const TransformedInputs& form : layer.forms) {
      if (form.empty()) {
        throw std::runtime_error(fmt::format("layer {}: no position has reached it", layer.name));
      }
      forms.push_back(form.scales(method));
    }
  }
}

}  // namespace hayago::quant
