#include "nn/tune/candidates.h"

#include "kernels/gemm/gemm.h"
#include "kernels/narrow/narrow.h"

namespace hayago::nn {
namespace {

std::vector<CpuChoice> float_convs(const kernels::ConvShape& shape, kernels::Isa isa) {
  std::vector<CpuChoice> list;
  for (const std::string_view algorithm : kernels::conv_algorithms(isa)) {
    if (!kernels::conv_supports(isa, shape, algorithm)) continue;
    for (const int panel : kernels::conv_panel_choices(isa, shape, algorithm)) {
      list.push_back({std::string(algorithm), {panel, 0}});
    }
  }
  return list;
}

std::vector<CpuChoice> products(const kernels::ConvShape& shape, kernels::Isa isa) {
  std::vector<CpuChoice> list;
  for (const int panel : kernels::gemm_panel_choices(isa, shape.c_out)) {
    list.push_back({{}, {panel, 0}});
  }
  return list;
}

std::vector<CpuChoice> narrow_kernels(kernels::NarrowType type, kernels::Isa limit) {
  std::vector<CpuChoice> list;
  for (const kernels::Isa isa : kernels::narrow_isas(limit, type)) {
    list.push_back({std::string(kernels::isa_name(isa)), {}});
  }
  return list;
}

// F(4x4) is for those who force it: what it does to a network is not worth its speed
// (kernels/README.md).
std::vector<CpuChoice> byte_kernels(kernels::Isa limit, std::span<const WinogradScales> forms) {
  std::vector<CpuChoice> list = narrow_kernels(kernels::NarrowType::kU8, limit);
  for (const WinogradScales& form : forms) {
    if (form.outputs == 2) list.push_back({winograd_name(form), {}});
  }
  return list;
}

}  // namespace

std::vector<CpuChoice> candidates(LayerInput input, const kernels::ConvShape& shape,
                                  kernels::Isa isa, std::span<const WinogradScales> forms) {
  switch (input) {
    case LayerInput::kFloat:
      return shape.ky == 1 && shape.kx == 1 ? products(shape, isa) : float_convs(shape, isa);
    case LayerInput::kBytes:
      return byte_kernels(isa, forms);
    case LayerInput::kBf16:
      return narrow_kernels(kernels::NarrowType::kBf16, isa);
    case LayerInput::kF16:
      return narrow_kernels(kernels::NarrowType::kF16, isa);
  }
  return {};
}

std::vector<CpuChoice> other_passes(LayerInput input, const CpuChoice& choice, int positions) {
  std::vector<CpuChoice> list;
  if (input != LayerInput::kFloat || !choice.kernel.starts_with("winograd")) return list;
  for (int pass = 1; pass <= positions; pass *= 2) {
    list.push_back({choice.kernel, {choice.blocking.panel_vectors, pass}});
  }
  return list;
}

}  // namespace hayago::nn
