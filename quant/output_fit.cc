#include "quant/output_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "quant/observed_network.h"

namespace hayago::quant {
namespace {

// Ridges, as shares of the mean variance of hidden values. The last one leaves only the biases.
constexpr std::array kRidges = {1e-3, 1e-2, 1e-1, 1.0, 10.0, 1e9};
// What an error of the value counts for when the game is decided, of one in an open game.
constexpr double kLeastWeight = 0.05;

// Hidden values of the latest positions.
class HiddenObserver final : public nn::OpObserver {
 public:
  HiddenObserver(const nn::Plan& plan, const nn::MatMulDesc& reader) : reader_(plan.ops.size()) {
    for (std::size_t i = 0; i < plan.ops.size(); ++i) {
      const auto* op = std::get_if<nn::MatMulOp>(&plan.ops[i]);
      if (op == nullptr || op->name != reader.name) continue;
      reader_ = i;
      tensor_ = op->in;
      channels_ = op->c_in;
    }
  }

  void before(std::size_t op, const nn::OpRun& run) override {
    if (op != reader_) return;
    const float* row = run.tensor(tensor_);
    for (int n = 0; n < run.n; ++n, row += kernels::padded(channels_)) {
      rows_.insert(rows_.end(), row, row + channels_);
    }
  }

  std::vector<double> take() { return std::exchange(rows_, {}); }

 private:
  std::size_t reader_;
  nn::TensorId tensor_ = nn::kNoTensor;
  int channels_ = 0;
  std::vector<double> rows_;
};

std::vector<double> hidden_values(ObservedNetwork<HiddenObserver>& network,
                                  std::span<const nn::PositionInput> inputs) {
  network.run(inputs);
  return network.observer().take();
}

// Weighted sums of products of rows (a', 1, d).
class Moments {
 public:
  explicit Moments(std::size_t hidden)
      : hidden_(hidden), size_(2 * hidden + 1), sums_(size_ * size_) {}
  void add(std::span<const double> row, double weight) {
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t j = 0; j < size_; ++j) sums_[i * size_ + j] += weight * row[i] * row[j];
    }
  }
  void add(const Moments& other) {
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
  }
  std::size_t hidden() const { return hidden_; }
  std::size_t size() const { return size_; }
  double at(std::size_t i, std::size_t j) const { return sums_[i * size_ + j]; }

 private:
  std::size_t hidden_, size_;
  std::vector<double> sums_;
};

// M above m, (hidden + 1, hidden).
using Correction = std::vector<double>;

// Solves A X = B for a symmetric positive definite A (n, n) by Gauss's elimination; B (n, columns)
// becomes X.
void solve(std::vector<double> a, std::vector<double>& b, std::size_t n, std::size_t columns) {
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / a[k * n + k];
      if (factor == 0) continue;
      for (std::size_t j = k; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
      for (std::size_t j = 0; j < columns; ++j) b[i * columns + j] -= factor * b[k * columns + j];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = 0; j < columns; ++j) {
      double sum = b[k * columns + j];
      for (std::size_t i = k + 1; i < n; ++i) sum -= a[k * n + i] * b[i * columns + j];
      b[k * columns + j] = sum / a[k * n + k];
    }
  }
}

// The ridge is on M alone, about the mean of a'.
Correction fit(const Moments& sums, double ridge) {
  const std::size_t n = sums.hidden();
  const double all = sums.at(n, n);
  if (all == 0) return Correction((n + 1) * n);
  std::vector<double> a(n * n);
  Correction result(n * n);
  double trace = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      a[i * n + j] = sums.at(i, j) - sums.at(i, n) * sums.at(j, n) / all;
      result[i * n + j] = sums.at(i, n + 1 + j) - sums.at(i, n) * sums.at(n, n + 1 + j) / all;
    }
    trace += a[i * n + i];
  }
  const double added = ridge * trace / static_cast<double>(n) + 1e-12 * all;
  for (std::size_t i = 0; i < n; ++i) a[i * n + i] += added;
  solve(std::move(a), result, n, n);
  result.resize((n + 1) * n);
  for (std::size_t j = 0; j < n; ++j) {
    double mean = sums.at(n, n + 1 + j);
    for (std::size_t i = 0; i < n; ++i) mean -= result[i * n + j] * sums.at(i, n);
    result[n * n + j] = mean / all;
  }
  return result;
}

// The weighted sum of the squares of (d - M'a' - m)'w.
double squares(const Moments& sums, const Correction& correction, std::span<const double> w) {
  const std::size_t n = sums.hidden();
  std::vector<double> t(sums.size());
  for (std::size_t i = 0; i <= n; ++i) {
    for (std::size_t j = 0; j < n; ++j) t[i] -= correction[i * n + j] * w[j];
  }
  std::copy(w.begin(), w.end(), t.begin() + static_cast<std::ptrdiff_t>(n) + 1);
  double sum = 0;
  for (std::size_t i = 0; i < t.size(); ++i) {
    for (std::size_t j = 0; j < t.size(); ++j) sum += t[i] * sums.at(i, j) * t[j];
  }
  return sum;
}

void change(nn::MatMulDesc& product, nn::BiasDesc& bias, const Correction& correction) {
  const auto n = static_cast<std::size_t>(product.c_in),
             c = static_cast<std::size_t>(product.c_out);
  std::vector<double> sums((n + 1) * c);
  for (std::size_t i = 0; i <= n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t o = 0; o < c; ++o) {
        sums[i * c + o] += correction[i * n + j] * static_cast<double>(product.weights[j * c + o]);
      }
    }
  }
  for (std::size_t i = 0; i < n * c; ++i) product.weights[i] += static_cast<float>(sums[i]);
  for (std::size_t o = 0; o < c; ++o) bias.values[o] += static_cast<float>(sums[n * c + o]);
}

}  // namespace

struct OutputFit::Impl {
  Impl(const nn::ModelDesc& exact_model, const nn::ModelDesc& rounded_model,
       const nn::Precision& precision, int height, int width, int batch)
      : exact(exact_model, nn::Precision{}, height, width, batch, exact_model.value.v3_mul),
        rounded(rounded_model, precision, height, width, batch, rounded_model.value.v3_mul),
        product(exact_model.value.v3_mul),
        bias(exact_model.value.v3_bias) {}

  std::vector<double> logits(std::span<const double> hidden) const {
    const auto outputs = static_cast<std::size_t>(product.c_out);
    std::vector<double> sums(bias.values.begin(), bias.values.end());
    for (std::size_t i = 0; i < product.weights.size(); ++i) {
      sums[i % outputs] += hidden[i / outputs] * static_cast<double>(product.weights[i]);
    }
    return sums;
  }

  // Of win and loss, how open the game is.
  double weight(std::span<const double> hidden) const {
    const std::vector<double> values = logits(hidden);
    const double win = 1 / (1 + std::exp(values[1] - values[0]));
    return kLeastWeight + 16 * win * win * (1 - win) * (1 - win);
  }

  void add(std::span<const nn::PositionInput> inputs) {
    const auto n = static_cast<std::size_t>(product.c_in);
    const std::vector<double> a = hidden_values(exact, inputs), q = hidden_values(rounded, inputs);
    for (std::size_t p = 0; p < inputs.size(); ++p) {
      const std::span<const double> of_exact(a.data() + p * n, n), of_rounded(q.data() + p * n, n);
      std::vector<double> row(of_rounded.begin(), of_rounded.end());
      row.push_back(1);
      for (std::size_t i = 0; i < n; ++i) row.push_back(of_exact[i] - of_rounded[i]);
      rows.push_back(std::move(row));
      weights.push_back(weight(of_exact));
    }
  }

  Moments moments(std::size_t from, std::size_t to) const {
    Moments sums(static_cast<std::size_t>(product.c_in));
    for (std::size_t i = from; i < to; ++i) sums.add(rows[i], weights[i]);
    return sums;
  }

  // Of differences of logits, which is what a winrate depends on.
  double error(const Moments& sums, const Correction& correction) const {
    const auto n = static_cast<std::size_t>(product.c_in),
               outputs = static_cast<std::size_t>(product.c_out);
    std::vector<double> w(n);
    for (std::size_t i = 0; i < n; ++i) {
      w[i] = static_cast<double>(product.weights[i * outputs]) -
             static_cast<double>(product.weights[i * outputs + 1]);
    }
    return squares(sums, correction, w);
  }

  struct Best {
    double left = 1;
    Correction correction;
  };
  Best best() const {
    const auto n = static_cast<std::size_t>(product.c_in);
    const Moments first = moments(0, rows.size() / 2),
                  second = moments(rows.size() / 2, rows.size());
    Moments both = first;
    both.add(second);
    const double before = error(both, Correction((n + 1) * n));
    Best best;
    if (!(before > 0)) return best;
    for (const double ridge : kRidges) {
      const double after = error(first, fit(second, ridge)) + error(second, fit(first, ridge));
      if (after / before >= best.left) continue;
      best.left = after / before;
      best.correction = fit(both, ridge);
    }
    return best;
  }

  ObservedNetwork<HiddenObserver> exact, rounded;
  nn::MatMulDesc product;
  nn::BiasDesc bias;
  std::vector<std::vector<double>> rows;  // (a', 1, d) of every position
  std::vector<double> weights;
};

OutputFit::OutputFit(const nn::ModelDesc& exact, const nn::ModelDesc& rounded,
                     const nn::Precision& precision, int height, int width, int batch)
    : impl_(std::make_unique<Impl>(exact, rounded, precision, height, width, batch)) {}

OutputFit::~OutputFit() = default;

void OutputFit::add(std::span<const nn::PositionInput> inputs) { impl_->add(inputs); }

const nn::NetInfo& OutputFit::info() const { return impl_->exact.info(); }

double OutputFit::apply(nn::ValueHeadDesc& head) const {
  const Impl::Best best = impl_->best();
  if (best.correction.empty()) return best.left;
  change(head.v3_mul, head.v3_bias, best.correction);
  change(head.sv3_mul, head.sv3_bias, best.correction);
  return best.left;
}

}  // namespace hayago::quant
