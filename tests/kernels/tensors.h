// Random tensors between guards, and the walk over a kernels.inc list.
#pragma once
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "kernels/dispatch.h"
#include "kernels/types.h"

namespace hayago::test {

// `size` floats, 64-byte aligned, with 64 guard floats on either side. Guards are NaN: a kernel
// that reads them shows it in its results; one that writes them is caught by intact().
class Guarded {
 public:
  explicit Guarded(std::size_t size, float fill = 0.0f);
  Guarded(const Guarded& other);
  Guarded& operator=(const Guarded&) = delete;

  float* data() { return data_; }
  const float* data() const { return data_; }
  std::size_t size() const { return size_; }
  float& operator[](std::size_t i) { return data_[i]; }
  float operator[](std::size_t i) const { return data_[i]; }
  bool intact() const;

 private:
  std::vector<float> storage_;
  std::size_t size_;
  float* data_;
};

using Rng = std::mt19937;

int random_int(Rng& rng, int low, int high);
bool coin(Rng& rng);

// (rows, padded(c)) standard normal values, padding channels 0.
Guarded random_rows(Rng& rng, std::size_t rows, int c, float scale = 1.0f);
// Unpadded normal values.
Guarded random_values(Rng& rng, std::size_t count, float scale = 1.0f);

// (n, h*w) mask of boards of random size in the top left corner, at least 1x1; all ones for n = 0
// of every four so that full boards are common.
Guarded random_mask(Rng& rng, int n, int h, int w);
// Number of ones per position.
Guarded areas(const Guarded& mask, int n, int pixels);

double rms(const Guarded& values, std::size_t used);

struct Worst {
  double excess = 0;  // largest |a - b| - tolerance; <= 0 is a pass
  std::string where;
};
// Compares element by element, tolerance absolute + relative * |exact|. NaN is an infinite excess.
Worst compare(const Guarded& exact, const Guarded& value, double absolute, double relative);

// True if channels c.. of every row are exactly 0.
bool padding_is_zero(const Guarded& rows, int c);
// True if every row whose mask is 0 is exactly 0.
bool zero_off_mask(const Guarded& rows, const float* mask, int c);
bool same_bits(const float* a, const float* b, std::size_t count);

using kernels::NamedKernel;

// Boards on which tiles of every size end in every way: all squares up to 19x19, and narrow ones.
struct BoardSize {
  int h, w;
};
inline std::vector<BoardSize> odd_boards() {
  std::vector<BoardSize> boards = {{7, 19}, {19, 7}, {2, 19}, {19, 2}, {1, 1}, {1, 19}};
  for (int edge = 2; edge <= 19; ++edge) boards.push_back({edge, edge});
  return boards;
}

}  // namespace hayago::test
