// Winograd forms of bytes in plain integers: B^T and A^T from the points, not written out.
#include "kernels/narrow/ref_narrow.h"
#include "kernels/narrow/winograd_forms.h"
#include "kernels/narrow/winograd_weights.h"

namespace hayago::kernels {
namespace {

using Matrix = std::vector<std::vector<int>>;

// A^T: powers of the points, and infinity for the last output.
Matrix output_transform(const WinogradForm& form) {
  Matrix rows;
  for (int i = 0; i < form.outputs; ++i) {
    std::vector<int> row;
    for (int j = 0; j < form.inputs - 1; ++j)
      row.push_back(static_cast<int>(std::lround(std::pow(form.points[j], i))));
    row.push_back(i + 1 == form.outputs ? 1 : 0);
    rows.push_back(row);
  }
  return rows;
}

// One tile: sums of all products (a*a, c_out).
class TileProducts {
 public:
  TileProducts(const WinogradForm& form, const NarrowShape& s, const NarrowRun& run)
      : form_(form), shape_(s), run_(run), transform_(winograd_input_rows(form.outputs)) {}

  std::vector<double> at(int position, int top, int left) const {
    const auto c_out = static_cast<std::size_t>(shape_.c_out);
    const auto stride = static_cast<std::size_t>(padded(shape_.c_out));
    const auto* weight = static_cast<const std::int8_t*>(run_.packed);
    std::vector<double> result;
    for (int t = 0; t < form_.products(); ++t) {
      std::vector<std::int64_t> sums(c_out, 0);
      for (int c = 0; c < shape_.c_in; ++c) {
        const std::int64_t byte = words_to_byte(transformed(position, top, left, t, c),
                                                run_.winograd.factors[t], run_.winograd.zeros[t]);
        for (std::int64_t& sum : sums) sum += byte * *weight++;
      }
      for (std::size_t o = 0; o < c_out; ++o) {
        const std::size_t at = static_cast<std::size_t>(t) * stride + o;
        result.push_back(static_cast<double>(sums[o] + run_.correction[at]) *
                         static_cast<double>(run_.multiplier[at]));
      }
    }
    return result;
  }

 private:
  int transformed(int position, int top, int left, int t, int channel) const {
    const NarrowLayout in{shape_.type, shape_.c_in, run_.h, run_.w};
    int sum = 0;
    for (int i = 0; i < form_.inputs; ++i) {
      for (int j = 0; j < form_.inputs; ++j) {
        const int y = top + i - 1, x = left + j - 1;
        if (y > run_.h || x > run_.w) continue;  // beyond the border, where all is 0
        const char* const pixel = ref_pixel(in, const_cast<void*>(run_.in), position, y, x);
        const int q = reinterpret_cast<const std::uint8_t*>(pixel)[channel];
        sum += row(t / form_.inputs)[static_cast<std::size_t>(i)] *
               row(t % form_.inputs)[static_cast<std::size_t>(j)] * (q - run_.winograd.input_zero);
      }
    }
    return sum;
  }
  const std::vector<int>& row(int i) const { return transform_[static_cast<std::size_t>(i)]; }

  const WinogradForm& form_;
  const NarrowShape& shape_;
  const NarrowRun& run_;
  Matrix transform_;
};

template <class Tile>
struct Ref {
  static constexpr WinogradForm kForm = {Tile::kOut, Tile::kIn, Tile::kPoints};

  static std::size_t packed_bytes(const NarrowShape& s) {
    return static_cast<std::size_t>(kForm.products()) * static_cast<std::size_t>(s.c_in) *
           static_cast<std::size_t>(s.c_out);
  }
  static void pack(const NarrowShape& s, const void* weights, void* packed) {
    std::memcpy(packed, weights, packed_bytes(s));
  }

  static void run(const NarrowShape& s, const NarrowRun& run, const Epilogue& epilogue) noexcept {
    if (!run.share.is_first()) return;
    constexpr int kOut = Tile::kOut, kIn = Tile::kIn;
    const TileProducts products(kForm, s, run);
    const Matrix transform = output_transform(kForm);
    const int tiles_x = (run.w + kOut - 1) / kOut, tiles_y = (run.h + kOut - 1) / kOut;
    std::vector<std::vector<double>> tiles;
    for (int i = 0; i < run.n * tiles_y * tiles_x; ++i) {
      tiles.push_back(
          products.at(i / (tiles_y * tiles_x), i / tiles_x % tiles_y * kOut, i % tiles_x * kOut));
    }
    ref_finish_all(s, run, epilogue, [&](int b, int y, int x, int o) {
      if (o >= s.c_out) return 0.0;
      const auto& tile =
          tiles[static_cast<std::size_t>((b * tiles_y + y / kOut) * tiles_x + x / kOut)];
      const auto &row = transform[static_cast<std::size_t>(y % kOut)],
                 &column = transform[static_cast<std::size_t>(x % kOut)];
      double sum = 0;
      for (int t = 0; t < kForm.products(); ++t) {
        sum += static_cast<double>(row[static_cast<std::size_t>(t / kIn)] *
                                   column[static_cast<std::size_t>(t % kIn)]) *
               tile[static_cast<std::size_t>(t * s.c_out + o)];
      }
      return sum;
    });
  }

  static constexpr NarrowKernel kKernel = {
      Tile::kName, NarrowType::kU8,   0,   &kForm,       packed_bytes,
      pack,        ref_scratch_bytes, run, ref_to_narrow};
};

}  // namespace

const NarrowKernel narrow_i8_winograd2_ref = Ref<NarrowWinograd2>::kKernel;
const NarrowKernel narrow_i8_winograd4_ref = Ref<NarrowWinograd4>::kKernel;

}  // namespace hayago::kernels
