// The emulation of CUDA itself: that right kernels are right in every order of threads, and that
// the mistakes it is there to show do show. Kernels here are compiled for the emulation only.
#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/cuda/emulate/emulate.h"
#include "kernels/cuda/half.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ptx.cuh"

namespace hayago::kernels {
namespace {

constexpr int kThreads = 64, kSeeds = 20;

HAYAGO_GPU_KERNEL(kThreads, 1) reverse(int* out, bool with_barrier) {
  wait_for_previous_kernel();
  int* const shared = reinterpret_cast<int*>(dynamic_shared());
  const int thread = static_cast<int>(threadIdx.x);
  shared[thread] = thread;
  if (with_barrier) __syncthreads();
  out[blockIdx.x * kThreads + thread] = shared[kThreads - 1 - thread];
}

// Number of seeds for which all three blocks come out reversed.
int right_reversals(bool with_barrier) {
  int right = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    EmulatedStream stream;
    stream.seed = static_cast<std::uint64_t>(seed);
    std::vector<int> out(3 * kThreads, -2);
    REQUIRE(launch(reverse, {3, 1, 1, kThreads, kThreads * 4}, &stream, out.data(), with_barrier) ==
            nullptr);
    bool all = true;
    for (int i = 0; i < 3 * kThreads; ++i) all = all && out[i] == kThreads - 1 - i % kThreads;
    right += all ? 1 : 0;
  }
  return right;
}

std::string error_of(const char* error) { return error != nullptr ? error : ""; }

TEST_CASE("emulated barriers work and a missing one shows", "[kernels][emulated]") {
  CHECK(right_reversals(true) == kSeeds);
  CHECK(right_reversals(false) == 0);  // half of 192 threads would have to come second by luck
}

HAYAGO_GPU_KERNEL(kThreads, 1) half_reach_the_barrier(int) {
  wait_for_previous_kernel();
  if (threadIdx.x < 10) __syncthreads();
}
HAYAGO_GPU_KERNEL(kThreads, 1) meet_different_barriers(int) {
  wait_for_previous_kernel();
  if (threadIdx.x < 10) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}
HAYAGO_GPU_KERNEL(kThreads, 1) lanes_part(int) {
  wait_for_previous_kernel();
  if (threadIdx.x % 2 == 0) {
    __syncwarp();
  } else {
    __shfl_xor_sync(0xFFFFFFFFu, 1, 1);
  }
}
HAYAGO_GPU_KERNEL(kThreads, 1) lanes_are_missing(int) {
  wait_for_previous_kernel();
  if (threadIdx.x != 40) __shfl_xor_sync(0xFFFFFFFFu, 1, 1);
}
HAYAGO_GPU_KERNEL(kThreads, 1) never_wait(int) {}
HAYAGO_GPU_KERNEL(kThreads, 1) write_beyond(int) {
  wait_for_previous_kernel();
  reinterpret_cast<int*>(dynamic_shared())[threadIdx.x + 1] = 0;
}

TEST_CASE("divergent barriers and warps end a launch", "[kernels][emulated]") {
  const auto run = [](void (*kernel)(int)) {
    return error_of(launch(kernel, {1, 1, 1, kThreads, kThreads * 4}, nullptr, 0));
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(run(half_reach_the_barrier),
             Contains("54 have returned") && Contains("10 wait at the barrier of gpu_emulation"));
  CHECK_THAT(run(meet_different_barriers), Contains("while others wait at that of"));
  CHECK_THAT(run(lanes_part), Contains("while other lanes of its warp wait at"));
  CHECK_THAT(run(lanes_are_missing), Contains("31 of warp 1 wait at"));
  CHECK_THAT(run(never_wait), Contains("without wait_for_previous_kernel"));
  CHECK_THAT(run(write_beyond), Contains("beyond its shared memory"));
  // And the next launch is none the worse.
  CHECK(right_reversals(true) == kSeeds);
}

TEST_CASE("grids that no GPU takes are refused", "[kernels][emulated]") {
  const auto run = [](const Grid& grid) { return error_of(launch(never_wait, grid, nullptr, 0)); };
  CHECK(run({0, 1, 1, 32, 0}) == "a grid of no size or too large");
  CHECK(run({1, 70000, 1, 32, 0}) == "a grid of no size or too large");
  CHECK(run({1, 1, 1, 1056, 0}) == "a block must have whole warps and at most 1024 threads");
  CHECK(run({1, 1, 1, 40, 0}) == "a block must have whole warps and at most 1024 threads");
  CHECK(run({1, 1, 1, 32, 228 * 1024}) == "more shared memory than a block can have");
}

// Two groups of copies of which only the first is waited for, or both.
template <int kPending>
HAYAGO_GPU_KERNEL(kThreads, 1)
copy(const unsigned char* in, unsigned char* out) {
  wait_for_previous_kernel();
  const int thread = static_cast<int>(threadIdx.x);
  unsigned char* const shared = dynamic_shared();
  for (int group = 0; group < 2; ++group) {
    const int at = (group * kThreads + thread) * 16;
    cp_async_16(shared + at, in + at, thread != 5);
    cp_async_commit();
  }
  cp_async_wait<kPending>();
  __syncthreads();
  std::memcpy(out + thread * 32, shared + thread * 32, 32);
}

// Bytes that differ from `in`, whose pieces 5 and 64 + 5 are to be zeros, in either half of `out`.
struct Missing {
  int first = 0, second = 0;
};
template <int kPending>
Missing missing_copies() {
  constexpr int kHalf = kThreads * 16;
  alignas(16) unsigned char in[2 * kHalf], out[2 * kHalf];
  for (int i = 0; i < 2 * kHalf; ++i) in[i] = static_cast<unsigned char>(i % 200 + 1);
  REQUIRE(launch(copy<kPending>, {1, 1, 1, kThreads, 2 * kHalf}, nullptr, &in[0], &out[0]) ==
          nullptr);
  Missing missing;
  for (int i = 0; i < 2 * kHalf; ++i) {
    const unsigned char expected = i / 16 % kThreads == 5 ? 0 : in[i];
    if (out[i] != expected) ++(i < kHalf ? missing.first : missing.second);
  }
  return missing;
}

TEST_CASE("asynchronous copies land when they are waited for", "[kernels][emulated]") {
  const Missing none = missing_copies<0>(), second = missing_copies<1>(),
                both = missing_copies<2>();
  CHECK(none.first == 0);
  CHECK(none.second == 0);
  CHECK(second.first == 0);
  CHECK(second.second > 0);
  CHECK(both.first > 0);
  CHECK(both.second > 0);
}

HAYAGO_GPU_KERNEL(32, 1) misaligned_copy(const unsigned char* in) {
  wait_for_previous_kernel();
  cp_async_16(dynamic_shared() + 8, in, true);
}
HAYAGO_GPU_KERNEL(32, 1) copy_elsewhere(unsigned char* in) {
  wait_for_previous_kernel();
  cp_async_16(in, in, true);
}

TEST_CASE("asynchronous copies have rules", "[kernels][emulated]") {
  alignas(16) unsigned char bytes[32] = {};
  using Catch::Matchers::Contains;
  CHECK_THAT(error_of(launch(misaligned_copy, {1, 1, 1, 32, 64}, nullptr, &bytes[0])),
             Contains("off 16 bytes"));
  CHECK_THAT(error_of(launch(copy_elsewhere, {1, 1, 1, 32, 64}, nullptr, &bytes[0])),
             Contains("not shared memory"));
}

// d (16, 8) = a (16, 16) * b (16, 8) of halves; b is stored as rows of k, so it is read transposed.
HAYAGO_GPU_KERNEL(32, 1) multiply_halves(const std::uint16_t* a, const std::uint16_t* b, float* d) {
  wait_for_previous_kernel();
  const int lane = static_cast<int>(threadIdx.x);
  auto* const tile = reinterpret_cast<std::uint16_t*>(dynamic_shared());  // a (16, 16), b (16, 8)
  for (int i = lane; i < 256; i += 32) tile[i] = a[i];
  for (int i = lane; i < 128; i += 32) tile[256 + i] = b[i];
  __syncwarp();
  std::uint32_t left[4], right[4];
  ldmatrix_x4(left, tile + lane % 16 * 16 + lane / 16 * 8);
  ldmatrix_x4_transposed(right, tile + 256 + lane % 16 * 8);
  float sum[4] = {};
  mma_f16(sum, left, right[0], right[1]);
  for (int i = 0; i < 4; ++i) d[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = sum[i];
}

TEST_CASE("emulated matrix instructions multiply halves", "[kernels][emulated]") {
  std::mt19937 rng(1);
  std::uint16_t a[256], b[128];
  for (auto& x : a) x = float_to_half(static_cast<float>(static_cast<int>(rng() % 65) - 32) / 8);
  for (auto& x : b) x = float_to_half(static_cast<float>(static_cast<int>(rng() % 65) - 32) / 8);
  float d[128];
  REQUIRE(launch(multiply_halves, {1, 1, 1, 32, 1024}, nullptr, &a[0], &b[0], &d[0]) == nullptr);
  for (int i = 0; i < 128; ++i) {
    float sum = 0;  // exact: few bits
    for (int k = 0; k < 16; ++k) {
      sum += half_to_float(a[i / 8 * 16 + k]) * half_to_float(b[k * 8 + i % 8]);
    }
    CHECK(d[i] == sum);
  }
}

// d (16, 8) = a (16, 32) * b (32, 8) of bytes; b is stored as rows of columns.
HAYAGO_GPU_KERNEL(32, 1) multiply_bytes(const std::int8_t* a, const std::int8_t* b, int* d) {
  wait_for_previous_kernel();
  const int lane = static_cast<int>(threadIdx.x), g = lane / 4, t = lane % 4;
  std::uint32_t left[4], right[2];
  for (int i = 0; i < 4; ++i)
    std::memcpy(&left[i], a + (g + i % 2 * 8) * 32 + i / 2 * 16 + 4 * t, 4);
  for (int i = 0; i < 2; ++i) std::memcpy(&right[i], b + g * 32 + i * 16 + 4 * t, 4);
  int sum[4] = {1000, 1000, 1000, 1000};
  mma_s8(sum, left, right[0], right[1]);
  for (int i = 0; i < 4; ++i) d[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = sum[i];
}

TEST_CASE("emulated matrix instructions multiply bytes", "[kernels][emulated]") {
  std::mt19937 rng(2);
  std::int8_t a[512], b[256];
  for (auto& x : a) x = static_cast<std::int8_t>(rng());
  for (auto& x : b) x = static_cast<std::int8_t>(rng());
  int d[128];
  REQUIRE(launch(multiply_bytes, {1, 1, 1, 32, 0}, nullptr, &a[0], &b[0], &d[0]) == nullptr);
  for (int i = 0; i < 128; ++i) {
    int sum = 1000;
    for (int k = 0; k < 32; k += 4) {
      int left, right;
      std::memcpy(&left, a + i / 8 * 32 + k, 4);
      std::memcpy(&right, b + i % 8 * 32 + k, 4);
      int exact = sum;
      for (int e = 0; e < 4; ++e) exact += a[i / 8 * 32 + k + e] * b[i % 8 * 32 + k + e];
      sum = __dp4a(left, right, sum);
      CHECK(sum == exact);
    }
    CHECK(d[i] == sum);
  }
}

HAYAGO_GPU_KERNEL(32, 1) shuffles(int* out) {
  wait_for_previous_kernel();
  const int lane = static_cast<int>(threadIdx.x);
  out[lane] = __shfl_xor_sync(0xFFFFFFFFu, lane, 5);
  out[32 + lane] = __shfl_sync(0xFFFFFFFFu, lane, lane / 4);
}

TEST_CASE("emulated shuffles exchange lanes", "[kernels][emulated]") {
  int out[64];
  REQUIRE(launch(shuffles, {1, 1, 1, 32, 0}, nullptr, &out[0]) == nullptr);
  for (int lane = 0; lane < 32; ++lane) {
    CHECK(out[lane] == (lane ^ 5));
    CHECK(out[32 + lane] == lane / 4);
  }
}

HAYAGO_GPU_KERNEL(32, 1) add(int* to, const int* what) {
  wait_for_previous_kernel();
  to[threadIdx.x] += what[threadIdx.x];
}

TEST_CASE("an emulated graph runs what was recorded, when it is replayed", "[kernels][emulated]") {
  const auto gpu = make_emulated_runtime(3);
  GpuStream stream = gpu->make_stream();
  int* const sum = static_cast<int*>(gpu->allocate(128));
  int* const one = static_cast<int*>(gpu->allocate(128));
  std::vector<int> ones(32, 1), result(32, 0);
  gpu->copy_to_device(one, ones.data(), 128, stream);
  GpuGraph graph = gpu->record(stream, [&] {
    gpu->fill_zero(sum, 128, stream);
    CHECK(launch(add, {1, 1, 1, 32, 0}, stream, sum, one) == nullptr);
    CHECK(launch(add, {1, 1, 1, 32, 0}, stream, sum, one) == nullptr);
    gpu->copy_from_device(result.data(), sum, 128, stream);
  });
  CHECK(result == std::vector<int>(32, 0));
  gpu->replay(graph, stream);
  CHECK(result == std::vector<int>(32, 2));
  std::fill(ones.begin(), ones.end(), 4);
  gpu->copy_to_device(one, ones.data(), 128, stream);
  gpu->replay(graph, stream);
  gpu->synchronize(stream);
  CHECK(result == std::vector<int>(32, 8));
  gpu->destroy_graph(graph);
  gpu->release(sum);
  gpu->release(one);
  gpu->destroy_stream(stream);
}

}  // namespace
}  // namespace hayago::kernels
