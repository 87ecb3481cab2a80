// Pooling and root-mean-square norms of the GPU against ref.
#include <catch2/catch.hpp>
#include <cmath>

#include "kernels/gpool/kernel.h"
#include "kernels/rmsnorm/kernel.h"
#include "tests/kernels/gpu_support.h"

namespace hayago::test {
namespace {

using kernels::gpu_padded;
using kernels::GpuType;
using kernels::padded;

struct Boards {
  int n, h, w, c;
  bool use_mask;
  Guarded mask, area;
  int pixels() const { return h * w; }
  std::size_t rows() const { return static_cast<std::size_t>(n) * h * w; }
};

Boards random_boards(Rng& rng, int largest, int most_channels) {
  const int n = random_int(rng, 1, 3), h = random_int(rng, 2, largest),
            w = random_int(rng, 2, largest), c = random_int(rng, 1, most_channels);
  const bool use_mask = random_int(rng, 0, 3) > 0;
  Guarded mask = use_mask ? random_mask(rng, n, h, w) : Guarded(std::size_t{1} * n * h * w, 1.0f);
  const Guarded area = areas(mask, n, h * w);
  return {n, h, w, c, use_mask, mask, area};
}

std::string describe(const Boards& boards, GpuType type) {
  return std::string(type_name(type)) + ", " + std::to_string(boards.n) + " boards of " +
         std::to_string(boards.h) + "x" + std::to_string(boards.w) + ", " +
         std::to_string(boards.c) + " channels, " + (boards.use_mask ? "mask" : "no mask");
}

// --- pool ---------------------------------------------------------------------------------------
void check_pool(GpuBench& bench, GpuType type, const Boards& boards, bool value_head) {
  const int c = boards.c, pixels = boards.pixels();
  Guarded in = random_rows(bench.rng, boards.rows(), c, 2.0f);
  if (coin(bench.rng)) {  // then maxima are negative on the board
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = -0.9f * std::abs(in[i]) / 10;
  }
  for (std::size_t i = 0; i < in.size(); ++i) in[i] *= boards.mask[i / padded(c)];
  round_to(type, in);
  double largest = 1;
  for (std::size_t i = 0; i < in.size(); ++i) largest = std::max(largest, std::abs(1.0 * in[i]));
  const float* const cpu_mask = boards.use_mask ? boards.mask.data() : nullptr;
  Guarded exact(static_cast<std::size_t>(boards.n) * padded(3 * c));
  const auto& ref = kernels::gpool_f32_ref;
  (value_head ? ref.vpool : ref.gpool)(in.data(), boards.n, pixels, c, cpu_mask, boards.area.data(),
                                       exact.data());
  const GpuArrayPtr from = upload_rows(bench, type, in, c), mask = upload_mask(bench, boards.mask),
                    area = upload_floats(bench, boards.area),
                    out = poisoned_rows(bench, GpuType::kF32, boards.n, 3 * c),
                    alone = poisoned_rows(bench, GpuType::kF32, 1, 3 * c);
  kernels::GpuPool args;
  args.in = from->at();
  if (boards.use_mask) args.mask = mask->bytes();
  args.area = area->floats();
  args.out = out->floats();
  args.value_head = value_head;
  args.n = boards.n, args.pixels = pixels, args.c = c;
  bench.finish(bench.kernels().pool(type, args, bench.stream));
  // gpool.h; the result is float whatever the storage type.
  check_close(GpuType::kF32, exact, download_rows(GpuType::kF32, *out, 3 * c), 1e-5 * largest, 0);

  const std::size_t last = static_cast<std::size_t>(boards.n - 1);
  args.in = from->at(last * pixels * gpu_padded(c) * element_bytes(type));
  if (boards.use_mask) args.mask = mask->bytes(last * pixels);
  args.area = area->floats(last);
  args.out = alone->floats();
  args.n = 1;
  bench.finish(bench.kernels().pool(type, args, bench.stream));
  check_same_bytes(*alone, *out, last * gpu_padded(3 * c) * sizeof(float));
}

HAYAGO_GPU_TEST(pool, "GPU pooling agrees with ref, whatever the batch") {
  for (int i = 0; i < bench.cases(30, 100); ++i) {
    for (const GpuType type : kFloatingTypes) {
      const Boards boards = random_boards(bench.rng, 19, 70);
      INFO(describe(boards, type));
      check_pool(bench, type, boards, coin(bench.rng));
    }
  }
}

// --- rms_norm -----------------------------------------------------------------------------------
void check_rms_norm(GpuBench& bench, GpuType type, const Boards& boards, bool spatial) {
  const int c = boards.c, pixels = boards.pixels();
  Guarded in = random_rows(bench.rng, boards.rows(), c, 2.0f);
  const Guarded gamma = random_rows(bench.rng, 1, c), beta = random_rows(bench.rng, 1, c);
  round_to(type, in);
  if (boards.use_mask) poison_off_board(in, boards.mask, c);
  kernels::RmsNormArgs shape;
  shape.n = boards.n, shape.pixels = pixels, shape.c = c;
  shape.gamma = gamma.data();
  shape.beta = coin(bench.rng) ? beta.data() : nullptr;
  shape.eps = coin(bench.rng) ? 1e-6f : 1e-2f;
  shape.act = static_cast<kernels::Act>(random_int(bench.rng, 0, 3));
  shape.mask = boards.use_mask ? boards.mask.data() : nullptr;
  shape.area = boards.area.data();
  Guarded exact(in.size());
  const auto& ref = kernels::rmsnorm_f32_ref;
  (spatial ? ref.spatial : ref.per_pixel)(in.data(), shape, exact.data());
  const GpuArrayPtr from = upload_rows(bench, type, in, c), mask = upload_mask(bench, boards.mask),
                    area = upload_floats(bench, boards.area),
                    gammas = upload_rows(bench, GpuType::kF32, gamma, c),
                    betas = upload_rows(bench, GpuType::kF32, beta, c),
                    fresh = poisoned_rows(bench, type, boards.rows(), c),
                    alone = poisoned_rows(bench, type, pixels, c);
  kernels::GpuRmsNorm args;
  args.gamma = gammas->floats();
  if (shape.beta != nullptr) args.beta = betas->floats();
  args.eps = shape.eps;
  args.act = shape.act;
  args.spatial = spatial;
  args.pixels = pixels, args.c = c;
  const std::size_t last = static_cast<std::size_t>(boards.n - 1);
  const std::size_t bytes = last * pixels * gpu_padded(c) * element_bytes(type);
  args.in = from->at(bytes);
  args.out = alone->at();
  if (boards.use_mask) args.mask = mask->bytes(last * pixels);
  args.area = area->floats(last);
  args.n = 1;
  bench.finish(bench.kernels().rms_norm(type, args, bench.stream));

  const GpuArray& out = coin(bench.rng) ? *from : *fresh;
  args.in = from->at();
  args.out = out.at();
  if (boards.use_mask) args.mask = mask->bytes();
  args.area = area->floats();
  args.n = boards.n;
  bench.finish(bench.kernels().rms_norm(type, args, bench.stream));
  const Guarded value = download_rows(type, out, c);
  check_close(type, exact, value, 1e-5, 1e-5);  // rmsnorm.h
  if (boards.use_mask) CHECK(zero_off_mask(value, boards.mask.data(), c));
  check_same_bytes(*alone, out, bytes);
}

HAYAGO_GPU_TEST(rms_norm, "GPU root-mean-square norms agree with ref, whatever the batch") {
  for (int i = 0; i < bench.cases(24, 100); ++i) {
    for (const GpuType type : kFloatingTypes) {
      const Boards boards = random_boards(bench.rng, i % 4 == 0 ? 19 : 7, i % 4 == 1 ? 800 : 70);
      for (const bool spatial : {false, true}) {
        INFO(describe(boards, type) << (spatial ? ", spatial" : ", per pixel"));
        check_rms_norm(bench, type, boards, spatial);
      }
    }
  }
}

}  // namespace
}  // namespace hayago::test
