#include "quant/moments.h"

#include <algorithm>

#include "kernels/gemm/gemm.h"
#include "kernels/isa.h"
#include "nn/exec/aligned.h"

namespace hayago::quant {
namespace {

constexpr int kBlock = 512;  // patches whose products are summed up in float

std::size_t index(int n) { return static_cast<std::size_t>(n); }

}  // namespace

PatchCollector::PatchCollector(int ky, int kx, int channels)
    : ky_(ky),
      kx_(kx),
      channels_(channels),
      size_(index(ky * kx * channels)),
      block_(index(kBlock) * size_),
      sums_(size_),
      products_(size_ * size_) {}

void PatchCollector::add(const float* tensor, int h, int w, int pixel) {
  float* to = block_.data() + index(pending_) * size_;
  const int y = pixel / w - ky_ / 2, x = pixel % w - kx_ / 2;
  for (int dy = 0; dy < ky_; ++dy) {
    for (int dx = 0; dx < kx_; ++dx, to += channels_) {
      if (y + dy < 0 || y + dy >= h || x + dx < 0 || x + dx >= w) {
        std::fill_n(to, channels_, 0.0f);
      } else {
        std::copy_n(tensor + index((y + dy) * w + x + dx) * index(kernels::padded(channels_)),
                    channels_, to);
      }
    }
  }
  if (++pending_ == kBlock) flush();
}

// products += block^T * block.
void PatchCollector::flush() {
  if (pending_ == 0) return;
  const int size = static_cast<int>(size_);
  const std::size_t stride = index(kernels::padded(pending_)), row = index(kernels::padded(size));
  nn::AlignedFloats transposed(size_ * stride), sums(size_ * row);
  for (std::size_t p = 0; p < index(pending_); ++p) {
    for (std::size_t i = 0; i < size_; ++i) {
      const float value = block_[p * size_ + i];
      transposed.data()[i * stride + p] = value;
      sums_[i] += value;
    }
  }
  kernels::Epilogue epilogue;
  epilogue.raw_out = sums.data();
  kernels::make_gemm(kernels::best_isa(), pending_, size, block_.data())
      ->run(transposed.data(), size, size, epilogue);
  for (std::size_t i = 0; i < size_; ++i) {
    for (std::size_t j = 0; j < size_; ++j) products_[i * size_ + j] += sums.data()[i * row + j];
  }
  patches_ += static_cast<std::uint64_t>(pending_);
  pending_ = 0;
}

PatchMoments PatchCollector::moments() {
  flush();
  PatchMoments result;
  result.size = size_;
  result.patches = patches_;
  const double n = std::max(1.0, static_cast<double>(patches_));
  for (const double sum : sums_) result.mean.push_back(sum / n);
  result.covariance.resize(size_ * size_);
  for (std::size_t i = 0; i < size_; ++i) {
    for (std::size_t j = 0; j < size_; ++j) {
      result.covariance[i * size_ + j] =
          static_cast<double>(products_[i * size_ + j]) / n - result.mean[i] * result.mean[j];
    }
  }
  return result;
}

}  // namespace hayago::quant
