#include "kernels/isa.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "kernels/list.h"

namespace hayago::test {
namespace {

using kernels::Isa;

TEST_CASE("ISA names round-trip and unknown names are refused", "[kernels]") {
  for (const Isa isa : kernels::kAllIsas) {
    CHECK(kernels::parse_isa(kernels::isa_name(isa)) == isa);
  }
  CHECK_FALSE(kernels::parse_isa("avx"));
  CHECK_FALSE(kernels::parse_isa(""));
  CHECK_FALSE(kernels::parse_isa("AVX2"));
}

TEST_CASE("the best ISA is usable and ref always is", "[kernels]") {
  CHECK(kernels::isa_usable(Isa::kRef));
  CHECK(kernels::isa_usable(kernels::best_isa()));
  CHECK(kernels::best_isa() != Isa::kRef);
}

TEST_CASE("every operation has a kernel for every ISA, ref last, symbols unique", "[kernels]") {
  std::set<std::string_view> symbols;
  std::set<std::pair<std::string_view, Isa>> present;
  std::set<std::string_view> ops;
  std::string_view last_op;
  bool last_was_ref = true;
  for (const kernels::KernelInfo& info : kernels::kernel_list()) {
    INFO(info.symbol);
    CHECK(symbols.insert(info.symbol).second);
    CHECK(info.symbol.find(info.op) == 0);
    CHECK(info.symbol.find(kernels::isa_name(info.isa)) != std::string_view::npos);
    if (kernels::isa_usable(info.isa)) CHECK(info.compiled);
    if (info.op != last_op) CHECK(last_was_ref);
    last_op = info.op;
    last_was_ref = info.isa == Isa::kRef;
    CHECK(info.exact == (last_was_ref || info.type == "i8"));  // whose sums are integers
    present.insert({info.op, info.isa});
    ops.insert(info.op);
  }
  CHECK(last_was_ref);
  CHECK(ops.size() == 9);
  for (const std::string_view op : ops) {
    if (op.starts_with("narrow")) continue;  // not all processors have instructions for that
    for (const Isa isa : {Isa::kRef, Isa::kSse2, Isa::kAvx2, Isa::kAvx512, Isa::kNeon}) {
      INFO(op << " " << kernels::isa_name(isa));
      CHECK(present.count({op, isa}) == 1);
    }
  }
}

TEST_CASE("every operation has GPU kernels for every chip that is built for", "[kernels]") {
  std::set<std::string_view> symbols, ops;
  for (const kernels::GpuKernelInfo& info : kernels::gpu_kernel_list()) {
    INFO(info.symbol);
    CHECK(symbols.insert(info.symbol).second);
    const std::string begin = std::string(info.op) + "_" + std::string(info.type);
    CHECK(info.symbol.find(begin) == 0);
    CHECK(info.symbol.find("_" + std::string(info.target_name)) != std::string_view::npos);
    CHECK(info.exact == (info.type == "i8"));  // whose sums are integers
    for (const int compute : {75, 80, 86, 89, 90, 100, 120}) {
      CHECK(kernels::chosen_gpu_kernel(info.op, info.type, compute) != nullptr);
    }
    ops.insert(info.op);
  }
  // Narrow numbers are types of conv and attention on GPUs.
  for (const kernels::KernelInfo& info : kernels::kernel_list()) {
    CHECK((info.op.starts_with("narrow") || ops.count(info.op) == 1));
  }
}

TEST_CASE("GPU kernels are chosen by the chip", "[kernels]") {
  const auto chosen = [](std::string_view op, std::string_view type, int compute) {
    const kernels::GpuKernelInfo* info = kernels::chosen_gpu_kernel(op, type, compute);
    return info != nullptr ? info->symbol : "none";
  };
  CHECK(chosen("conv", "f16", 90) == "conv_f16_sm90a");
  CHECK(chosen("conv", "f16", 89) == "conv_f16_sm75");
  CHECK(chosen("conv", "f16", 100) == "conv_f16_sm75");  // Hopper's instructions are its own
  CHECK(chosen("conv", "i8", 80) == "conv_i8_sm80");
  CHECK(chosen("conv", "i8", 75) == "conv_i8_sm61");
  CHECK(chosen("conv", "f32", 70) == "none");
}

}  // namespace
}  // namespace hayago::test
