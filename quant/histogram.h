// How the values of a tensor are distributed: bins of equal width around 0 whose range doubles when
// a larger value comes, so that one pass over the data is enough.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace hayago::quant {

class Histogram {
 public:
  static constexpr int kBins = 4096;  // even; half of them below 0

  // Values that are not finite are counted apart.
  void add(std::span<const float> values);
  // The same distribution from several collectors.
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }  // of finite values
  std::uint64_t not_finite() const { return not_finite_; }
  // 0 for an empty histogram.
  double lowest() const { return count_ == 0 ? 0 : lowest_; }
  double highest() const { return count_ == 0 ? 0 : highest_; }
  // Smallest bin edge with at least that share of the values below it, within lowest..highest.
  double quantile(double share) const;

  double bin_width() const { return 2 * range_ / kBins; }
  double bin_center(int bin) const { return (bin - kBins / 2 + 0.5) * bin_width(); }
  std::uint64_t bin(int index) const { return bins_[static_cast<std::size_t>(index)]; }

 private:
  void add_finite(double value);
  void double_range();

  double range_ = 1;  // the bins cover -range..range
  std::vector<std::uint64_t> bins_ = std::vector<std::uint64_t>(kBins);
  std::uint64_t count_ = 0, not_finite_ = 0;
  double lowest_ = 0, highest_ = 0;
};

}  // namespace hayago::quant
