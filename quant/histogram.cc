#include "quant/histogram.h"

#include <algorithm>
#include <cmath>

namespace hayago::quant {

void Histogram::add(std::span<const float> values) {
  for (const float value : values) {
    if (std::isfinite(value)) {
      add_finite(value);
    } else {
      ++not_finite_;
    }
  }
}

void Histogram::add_finite(double value) {
  while (std::abs(value) >= range_) double_range();
  const int bin = static_cast<int>(std::floor(value / bin_width())) + kBins / 2;
  ++bins_[static_cast<std::size_t>(std::clamp(bin, 0, kBins - 1))];
  lowest_ = count_ == 0 ? value : std::min(lowest_, value);
  highest_ = count_ == 0 ? value : std::max(highest_, value);
  ++count_;
}

// Pairs of bins become one; the halves around 0 stay apart.
void Histogram::double_range() {
  std::vector<std::uint64_t> wider(kBins);
  for (int i = 0; i < kBins; ++i) {
    wider[static_cast<std::size_t>(kBins / 4 + i / 2)] += bins_[static_cast<std::size_t>(i)];
  }
  bins_ = std::move(wider);
  range_ *= 2;
}

void Histogram::merge(const Histogram& other) {
  not_finite_ += other.not_finite_;
  if (other.count_ == 0) return;
  Histogram same = other;
  while (range_ < same.range_) double_range();
  while (same.range_ < range_) same.double_range();
  for (std::size_t i = 0; i < bins_.size(); ++i) bins_[i] += same.bins_[i];
  lowest_ = count_ == 0 ? same.lowest_ : std::min(lowest_, same.lowest_);
  highest_ = count_ == 0 ? same.highest_ : std::max(highest_, same.highest_);
  count_ += same.count_;
}

double Histogram::quantile(double share) const {
  if (count_ == 0) return 0;
  const double wanted = share * static_cast<double>(count_);
  double below = 0;
  for (int i = 0; i < kBins; ++i) {
    below += static_cast<double>(bin(i));
    if (below < wanted) continue;
    return std::clamp(bin_center(i) + bin_width() / 2, lowest_, highest_);
  }
  return highest_;
}

}  // namespace hayago::quant
