// The layers of a network as the CPU executor runs them on one 19x19 position, for
// bench/cpu/a76.py.
//   bench_layers ARCH PRECISION ALGORITHM          lists all layers and runs nothing
//   bench_layers ARCH PRECISION ALGORITHM BLOCKS   lists those of the first BLOCKS blocks alone,
//                                                  and runs them
// PRECISION is fp32, fp16 or bf16; ALGORITHM is that of the float convolutions, "auto" for the best
// of each.
// A line is one layer in order: name, kind, algorithm, multiply-accumulates, bytes of packed
// weights, separated by tabs; layers of one kind do the same work. While they run,
// hayago_layer_begins() is called before each of them and hayago_layers_end() after the last.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/model/load.h"
#include "nn/model/write.h"

extern "C" [[gnu::noinline]] void hayago_layer_begins() { asm volatile(""); }
extern "C" [[gnu::noinline]] void hayago_layers_end() { asm volatile(""); }

namespace hayago {
namespace {

constexpr int kSize = 19, kPoints = kSize * kSize;

struct Layer {
  std::string name, kind;
  double macs = 0, weights = 0;  // of the plain algorithm
  bool narrow = false;           // 16 bits a number
};

std::string epilogue_text(const nn::FusedEpilogue& e) {
  std::string text;
  if (e.residual != nn::kNoTensor) text += " +residual";
  if (e.row_bias != nn::kNoTensor) text += " +row";
  if (e.raw_out != nn::kNoTensor) text += " raw";
  if (e.act_out != nn::kNoTensor) text += fmt::format(" act{}", static_cast<int>(e.act));
  return text;
}

// " fp16" of a narrow tensor.
std::string type_text(const nn::Plan& plan, nn::TensorId id) {
  const auto& narrow = plan.tensor(id).narrow;
  return narrow ? fmt::format(" {}", kernels::narrow_name(narrow->type)) : std::string();
}

Layer describe(const nn::Op& op, const nn::Plan& plan) {
  if (const auto* conv = std::get_if<nn::ConvOp>(&op)) {
    const kernels::ConvShape& s = conv->shape;
    const double weights = static_cast<double>(s.ky) * s.kx * s.c_in * s.c_out;
    const std::string type = type_text(plan, conv->in);
    return {conv->name,
            fmt::format("conv {}x{} {}>{}{}{}", s.ky, s.kx, s.c_in, s.c_out, type,
                        epilogue_text(conv->epilogue)),
            kPoints * weights, weights, !type.empty()};
  }
  if (const auto* product = std::get_if<nn::MatMulOp>(&op)) {
    const bool per_pixel = plan.tensor(product->in).per_pixel;
    const double weights = static_cast<double>(product->c_in) * product->c_out;
    const std::string type = type_text(plan, product->in);
    return {product->name,
            fmt::format("{} {}>{}{}{}", per_pixel ? "1x1" : "row", product->c_in, product->c_out,
                        type, epilogue_text(product->epilogue)),
            (per_pixel ? kPoints : 1) * weights, weights, !type.empty()};
  }
  const int channels = plan.tensor(nn::reads(op).front()).channels;
  return {"", fmt::format("other {} ({} channels)", op.index(), channels)};
}

// Weights of a Winograd form are products of tiles, not taps.
double packed_bytes(const Layer& layer, std::string_view algorithm) {
  double growth = 1;
  if (algorithm == "winograd4") growth = 36 / 9.0;
  if (algorithm == "winograd5") growth = 49 / 9.0;
  if (algorithm == "winograd3") growth = 49 / 25.0;
  return layer.weights * growth * (layer.narrow ? 2 : sizeof(float));
}

class Marker final : public nn::OpObserver {
 public:
  void before(std::size_t, const nn::OpRun&) override { hayago_layer_begins(); }
};

void run(const nn::CpuExecutor& executor) {
  const nn::NetInfo& net = executor.info();
  const auto floats = [](int count) { return std::vector<float>(static_cast<std::size_t>(count)); };
  std::vector<float> spatial = floats(kPoints * net.c_spatial), global = floats(net.c_global);
  for (int p = 0; p < kPoints; ++p) spatial[static_cast<std::size_t>(p * net.c_spatial)] = 1;
  std::vector<float> policy = floats(net.policy_channels * kPoints), value = floats(3);
  std::vector<float> pass = floats(net.policy_channels), score = floats(net.score_channels);
  std::vector<float> ownership = floats(kPoints);
  const nn::PositionInput in{spatial.data(), global.data(), nullptr};
  const nn::RawOutput out{policy.data(), pass.data(), value.data(), score.data(), ownership.data()};
  const auto context = executor.make_cpu_context(kSize, kSize, 1, 1);
  Marker marker;
  context->observe(&marker);
  context->run({&in, 1}, {&out, 1});
  hayago_layers_end();
}

int list_and_run(const std::string& arch, const std::string& precision,
                 const std::string& algorithm_name, int blocks) {
  nn::SynthOptions options;
  options.arch = arch;
  nn::ModelDesc model = nn::synth_model(options);
  if (blocks > 0 && static_cast<std::size_t>(blocks) < model.trunk.blocks.size()) {
    model.trunk.blocks.resize(static_cast<std::size_t>(blocks));
  }
  nn::CpuOptions cpu;
  cpu.precision = precision;
  cpu.conv_algorithm = algorithm_name;
  const nn::CpuExecutor executor(model, cpu);
  const nn::CpuNetwork& network = executor.network();
  for (std::size_t i = 0; i < network.ops().size(); ++i) {
    const Layer layer = describe(network.plan().ops[i], network.plan());
    const std::string_view algorithm = network.ops()[i]->conv_algorithm();
    std::puts(fmt::format("{}\t{}\t{}\t{:.0f}\t{:.0f}", layer.name, layer.kind, algorithm,
                          layer.macs, packed_bytes(layer, algorithm))
                  .c_str());
  }
  if (blocks > 0) run(executor);
  return 0;
}

}  // namespace
}  // namespace hayago

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::fputs("usage: bench_layers ARCH PRECISION ALGORITHM [BLOCKS]\n", stderr);
    return 2;
  }
  try {
    return hayago::list_and_run(argv[1], argv[2], argv[3], argc == 5 ? std::atoi(argv[4]) : 0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_layers: %s\n", error.what());
    return 1;
  }
}
