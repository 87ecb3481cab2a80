// Times products of the shapes that networks have, over batch sizes and tiles, on the GPU; before
// that compares every tile with the float kernel on the same (binary16) numbers.
//
//     bench_gpu_products [check | time | once | all]
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>

#include <memory>

#include "bench/gpu/device_memory.h"
#include "kernels/conv/product.h"

namespace hayago::bench {
namespace {

using kernels::gpu_padded;
using kernels::GpuProduct;
using kernels::GpuRuntime;
using kernels::GpuType;

struct Shape {
  int k, c_in, c_out;
};
constexpr Shape kShapes[] = {{3, 192, 192},  {3, 256, 256}, {3, 128, 128}, {3, 96, 96},
                             {1, 384, 192},  {1, 192, 384}, {1, 768, 768}, {1, 768, 2048},
                             {1, 2048, 768}, {3, 256, 64}};
std::string name(const kernels::ProductTile& tile) {
  return fmt::format("{}{}x{}", tile.alternate ? "2*" : "", tile.rows, tile.columns);
}

void check(const char* error) {
  if (error != nullptr) throw kernels::GpuError(error);
}

// All buffers of one product, twice over where the caches would otherwise serve repeated runs.
class Case {
 public:
  Case(GpuRuntime& gpu, GpuType type, const Shape& shape, int n, int sets, std::mt19937& rng)
      : gpu_(gpu), stream_(gpu.make_stream()) {
    const std::size_t element = type == GpuType::kF32 ? 4 : 2;
    const int rows = n * 361;
    std::vector<float> weights(static_cast<std::size_t>(shape.k * shape.k * shape.c_in) *
                               static_cast<std::size_t>(shape.c_out));
    std::normal_distribution<float> normal(
        0.0f, 1.0f / std::sqrt(1.0f * shape.k * shape.k * static_cast<float>(shape.c_in)));
    for (float& w : weights) w = kernels::half_to_float(kernels::float_to_half(normal(rng)));
    const std::size_t weight_bytes =
        kernels::packed_product_bytes(type, shape.k, shape.k, shape.c_in, shape.c_out);
    std::vector<std::uint8_t> packed(weight_bytes);
    kernels::pack_product(type, shape.k, shape.k, shape.c_in, shape.c_out, weights.data(),
                          packed.data());
    weights_ = keep(packed);
    const auto scale = random_rows(rng, GpuType::kF32, 1, shape.c_out, 1.0f);
    for (int s = 0; s < sets; ++s) {
      GpuProduct p;
      p.in = keep(random_rows(rng, type, rows, shape.c_in, 1.0f));
      p.weights = weights_;
      p.n = n, p.h = 19, p.w = 19, p.ky = p.kx = shape.k;
      p.c_in = shape.c_in, p.c_out = shape.c_out;
      p.epilogue.scale = static_cast<const float*>(keep(scale));
      p.epilogue.shift = static_cast<const float*>(keep(scale));
      p.epilogue.act = kernels::Act::kMish;
      out_bytes_ = static_cast<std::size_t>(rows) * gpu_padded(shape.c_out) * element;
      buffers_.push_back(std::make_unique<DeviceBuffer>(gpu, out_bytes_));
      p.epilogue.act_out = buffers_.back()->data();
      residuals_.push_back(std::make_unique<DeviceBuffer>(gpu, out_bytes_));
      gpu.fill_zero(residuals_.back()->data(), out_bytes_, stream_);
      products.push_back(p);
    }
    gpu.synchronize(stream_);
  }
  ~Case() { gpu_.destroy_stream(stream_); }

  std::vector<std::uint8_t> result(std::size_t set) {
    std::vector<std::uint8_t> out(out_bytes_);
    gpu_.copy_from_device(out.data(), products[set].epilogue.act_out, out_bytes_, stream_);
    gpu_.synchronize(stream_);
    return out;
  }
  kernels::GpuStream stream() { return stream_; }

  // The same with a residual that is read, added to and written back, as at the end of a block.
  GpuProduct with_residual(GpuProduct p) const {
    for (std::size_t i = 0; i < products.size(); ++i) {
      if (products[i].in == p.in) p.epilogue.residual = p.epilogue.raw_out = residuals_[i]->data();
    }
    return p;
  }
  std::vector<GpuProduct> products;

 private:
  const void* keep(const std::vector<std::uint8_t>& data) {
    buffers_.push_back(std::make_unique<DeviceBuffer>(gpu_, data.size()));
    gpu_.copy_to_device(buffers_.back()->data(), data.data(), data.size(), stream_);
    gpu_.synchronize(stream_);
    return buffers_.back()->data();
  }
  GpuRuntime& gpu_;
  kernels::GpuStream stream_;
  std::vector<std::unique_ptr<DeviceBuffer>> buffers_, residuals_;
  const void* weights_ = nullptr;
  std::size_t out_bytes_ = 0;
};

// Milliseconds per launch: the fastest of three timings of a recorded sequence.
double milliseconds(GpuRuntime& gpu, Case& data, const std::function<void(const GpuProduct&)>& go) {
  constexpr int kLaunches = 20;
  const kernels::GpuGraph graph = gpu.record(data.stream(), [&] {
    for (int i = 0; i < kLaunches; ++i) {
      go(data.products[static_cast<std::size_t>(i) % data.products.size()]);
    }
  });
  gpu.replay(graph, data.stream());
  gpu.synchronize(data.stream());
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) gpu.replay(graph, data.stream());
    gpu.synchronize(data.stream());
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count() / (3 * kLaunches));
  }
  gpu.destroy_graph(graph);
  return best;
}

bool check_shape(GpuRuntime& gpu, const Shape& shape, int n) {
  bool good = true;
  std::mt19937 rng(1), again(1);
  Case exact(gpu, GpuType::kF32, shape, n, 1, rng);
  Case half(gpu, GpuType::kF16, shape, n, 1, again);
  check(gpu.kernels().product(GpuType::kF32, exact.products[0], gpu.device(), exact.stream()));
  const auto truth = exact.result(0);
  const auto* want = reinterpret_cast<const float*>(truth.data());
  const std::size_t count = truth.size() / 4;
  for (const kernels::ProductTile& tile : kernels::sm90a_tiles()) {
    gpu.fill_zero(half.products[0].epilogue.act_out, count * 2, half.stream());
    const char* error =
        kernels::launch_product_sm90a(half.products[0], gpu.device(), half.stream(), &tile);
    check(error);
    const auto result = half.result(0);
    const auto* got = reinterpret_cast<const std::uint16_t*>(result.data());
    double worst = 0, norm = 0, difference = 0;
    std::size_t where = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double d = std::abs(static_cast<double>(kernels::half_to_float(got[i])) - want[i]);
      if (!(d <= worst)) worst = d, where = i;
      difference += d * d;
      norm += static_cast<double>(want[i]) * want[i];
    }
    const double relative = std::sqrt(difference / norm);
    const bool fine = relative < 1e-3;
    good = good && fine;
    const std::size_t stride = static_cast<std::size_t>(gpu_padded(shape.c_out));
    fmt::print(
        "check {}x{} {:4}->{:4} n {:3} tile {:>8}: relative {:.2e} worst {:.2e} at row {} "
        "channel {} {}\n",
        shape.k, shape.k, shape.c_in, shape.c_out, n, name(tile), relative, worst, where / stride,
        where % stride, fine ? "ok" : "WRONG");
  }
  return good;
}

void time_shape(GpuRuntime& gpu, const Shape& shape, int n) {
  std::mt19937 rng(2);
  Case data(gpu, GpuType::kF16, shape, n, 3, rng);
  const double flop = 2.0 * n * 361 * shape.k * shape.k * shape.c_in * shape.c_out;
  const auto report = [&](const std::string& name, double ms) {
    fmt::print("{}x{} {:4}->{:4} n {:3} {:>10}: {:8.2f} us {:7.1f} TFLOP/s\n", shape.k, shape.k,
               shape.c_in, shape.c_out, n, name, 1e3 * ms, flop / ms * 1e-9);
  };
  for (const kernels::ProductTile& tile : kernels::sm90a_tiles()) {
    if (tile.columns > 2 * gpu_padded(shape.c_out)) continue;
    report(name(tile), milliseconds(gpu, data, [&](const GpuProduct& p) {
             check(kernels::launch_product_sm90a(p, gpu.device(), data.stream(), &tile));
           }));
  }
  report("chosen", milliseconds(gpu, data, [&](const GpuProduct& p) {
           check(gpu.kernels().product(GpuType::kF16, p, gpu.device(), data.stream()));
         }));
  report("no mish", milliseconds(gpu, data, [&](GpuProduct p) {
           p.epilogue.act = kernels::Act::kIdentity;
           check(gpu.kernels().product(GpuType::kF16, p, gpu.device(), data.stream()));
         }));
  report("residual", milliseconds(gpu, data, [&](const GpuProduct& p) {
           const GpuProduct full = data.with_residual(p);
           check(gpu.kernels().product(GpuType::kF16, full, gpu.device(), data.stream()));
         }));
  kernels::GpuDevice other = gpu.device();
  other.compute = 80;
  report("mma.sync", milliseconds(gpu, data, [&](const GpuProduct& p) {
           check(gpu.kernels().product(GpuType::kF16, p, other, data.stream()));
         }));
}

// A few launches of one product, for a profiler to look at.
void run_once(GpuRuntime& gpu) {
  std::mt19937 rng(3);
  Case data(gpu, GpuType::kF16, {1, 192, 384}, 92, 3, rng);
  for (const GpuProduct& p : data.products) {
    const GpuProduct full = data.with_residual(p);
    check(gpu.kernels().product(GpuType::kF16, full, gpu.device(), data.stream()));
  }
  gpu.synchronize(data.stream());
}

int run(const std::string& what) {
  const kernels::CudaInventory found = kernels::cuda_inventory();
  if (found.devices.empty()) {
    fmt::print("skipped: {}\n", found.why_none);
    return 0;
  }
  const auto gpu = kernels::make_cuda_runtime(0);
  fmt::print("{} ({}), {} multiprocessors\n", gpu->device().name, found.driver,
             gpu->device().multiprocessors);
  if (what == "once") {
    run_once(*gpu);
    return 0;
  }
  bool good = true;
  if (what != "time") {
    for (const Shape& shape : kShapes) good = check_shape(*gpu, shape, 3) && good;
  }
  if (what != "check") {
    for (const int n : {1, 92, 256}) {
      for (const Shape& shape : kShapes) time_shape(*gpu, shape, n);
    }
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace hayago::bench

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return hayago::bench::run(argc > 1 ? argv[1] : "all");
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_gpu_products: {}\n", error.what());
    return 1;
  }
}
