// `hayago kernels`: every compute kernel, whether this machine can run it, what it is chosen for,
// and with --time how fast those of the processor are.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <vector>

#include "gtp/cli/args.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/backend.h"
#include "kernels/conv/conv.h"
#include "kernels/cpu/peak.h"
#include "kernels/list.h"
#include "kernels/timing.h"

namespace hayago::gtp {
namespace {

using kernels::KernelInfo;

// Symbols of the convolutions that `limit` chooses, by kernel size.
std::vector<std::pair<std::string, std::string>> chosen_convolutions(kernels::Isa limit) {
  std::vector<std::pair<std::string, std::string>> chosen;
  for (const int size : {1, 3, 5, 7}) {
    const std::vector<float> weights(static_cast<std::size_t>(size) * size * 32 * 32, 1.0f);
    const auto conv = kernels::make_conv(limit, {size, size, 32, 32}, weights.data());
    chosen.emplace_back(fmt::format("conv_f32_{}_{}", conv->algorithm(),
                                    kernels::isa_name(kernels::float_isa(limit))),
                        fmt::format("{}x{}", size, size));
  }
  return chosen;
}

// The first kernel of the operation and type that `limit` allows.
std::string_view first_usable(const KernelInfo& like, kernels::Isa limit) {
  for (const KernelInfo& info : kernels::kernel_list()) {
    if (info.op != like.op || info.type != like.type) continue;
    if (info.isa <= limit && kernels::isa_usable(info.isa)) return info.symbol;
  }
  return {};
}

// "yes" or, for convolutions, the kernel sizes; "" if another kernel is chosen.
std::string chosen_for(const KernelInfo& info, kernels::Isa limit) {
  if (info.op != "conv") return info.symbol == first_usable(info, limit) ? "yes" : "";
  std::string sizes;
  for (const auto& [symbol, size] : chosen_convolutions(limit)) {
    if (symbol == info.symbol) sizes += (sizes.empty() ? "" : " ") + size;
  }
  return sizes;
}

std::string usable_text(const KernelInfo& info) {
  if (!info.compiled) return "not built";
  return kernels::isa_usable(info.isa) ? "yes" : "no";
}

std::string speed_text(const KernelInfo& info, double peak) {
  constexpr double kSeconds = 0.1;
  const auto timing = kernels::time_kernel(info.symbol, kSeconds);
  if (!timing) return "";
  std::string text = fmt::format("{:>9.1f} us", timing->seconds * 1e6);
  if (timing->macs > 0) {
    const double rate = timing->macs / timing->seconds * 1e-9;
    text += fmt::format("{:>8.1f} GMAC/s", rate);
    if (peak > 0) text += fmt::format(" {:>4.0f} % of peak", 100 * rate / peak);
  }
  return text + "  (" + timing->shape + ")";
}

constexpr const char* kLine = "{:<10}{:<11}{:<6}{:<32}{:<7}{:<11}{:<12}{}\n";

const char* match_text(bool exact) { return exact ? "exact" : "close"; }

void print_cpu_kernels(kernels::Isa limit, bool time) {
  for (const KernelInfo& info : kernels::kernel_list()) {
    const double peak = time ? kernels::measure_fma_peak_gmacs(info.isa, 0.02) : 0;
    std::cout << fmt::format(kLine, info.op, kernels::isa_name(info.isa), info.type, info.symbol,
                             match_text(info.exact), usable_text(info), chosen_for(info, limit),
                             time ? speed_text(info, peak) : "");
  }
}

// "yes", "other sizes" for a further kernel of the chosen one's target, or "": what one of the GPUs
// uses the kernel for.
std::string chosen_for(const kernels::GpuKernelInfo& info, const kernels::CudaInventory& gpus) {
  std::string chosen;
  for (const kernels::GpuDevice& device : gpus.devices) {
    const auto* first = kernels::chosen_gpu_kernel(info.op, info.type, device.compute);
    if (first == nullptr || first->target != info.target) continue;
    if (first->symbol == info.symbol) return "yes";
    chosen = "other sizes";
  }
  return chosen;
}

void print_gpu_kernels(const kernels::CudaInventory& gpus) {
  for (const kernels::GpuKernelInfo& info : kernels::gpu_kernel_list()) {
    const bool usable = std::any_of(gpus.devices.begin(), gpus.devices.end(), [&](const auto& gpu) {
      return info.target.runs_on(gpu.compute);
    });
    std::cout << fmt::format(kLine, info.op, info.target_name, info.type, info.symbol,
                             match_text(info.exact), usable ? "yes" : "no", chosen_for(info, gpus),
                             "");
  }
}

std::vector<std::string> isa_names() {
  std::vector<std::string> names;
  for (const kernels::Isa isa : kernels::kAllIsas) names.emplace_back(kernels::isa_name(isa));
  return names;
}

}  // namespace

int run_kernels(const Args& args) {
  bool time = false;
  std::string isa_text;
  CLI::App app("Lists the compute kernels and which of them are used here", "kernels");
  app.add_flag("--time", time, "Measure every usable kernel of the processor on a 19x19 board");
  app.add_option("--isa", isa_text, "Show the choice for this instruction set instead of the best")
      ->check(CLI::IsMember(isa_names()));
  if (const auto status = parse_args(app, args)) return *status;

  const kernels::Isa limit = kernels::parse_isa(isa_text).value_or(kernels::best_isa());
  if (!kernels::isa_usable(limit)) {
    std::cerr << "This processor or build cannot run " << isa_text << " kernels\n";
    return 2;
  }
  std::cout << fmt::format(kLine, "operation", "isa", "type", "kernel", "match", "usable", "chosen",
                           time ? "speed" : "");
  print_cpu_kernels(limit, time);
  print_gpu_kernels(cuda_devices());
  std::cout << describe_devices(cuda_devices()) << "\n";
  return 0;
}

}  // namespace hayago::gtp
