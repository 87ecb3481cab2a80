#include "nn/exec/cpu/cpu_network.h"

#include <algorithm>

namespace hayago::nn {
namespace {

// Spans into the model must not outlive it.
void drop_weights(Op& op) {
  std::visit(
      [](auto& o) {
        if constexpr (requires { o.weights; }) o.weights = {};
        if constexpr (requires { o.quantized; }) o.quantized = nullptr;
        if constexpr (requires { o.bias; }) o.bias = {};
        if constexpr (requires { o.scale; }) o.scale = o.shift = {};
        if constexpr (requires { o.gamma; }) o.gamma = o.beta = {};
        if constexpr (requires { o.epilogue; }) {
          o.epilogue.bias = o.epilogue.scale = o.epilogue.shift = {};
        }
      },
      op);
}

}  // namespace

CpuNetwork::CpuNetwork(const Plan& plan, const CpuKernels& kernels)
    : plan_(plan), lifetimes_(find_lifetimes(plan)) {
  for (const Op& op : plan.ops) ops_.push_back(make_cpu_op(op, plan, kernels));
  for (const RopeTable& table : plan.rope_tables) rope_tables_.emplace_back(table);
  for (Op& op : plan_.ops) drop_weights(op);
  for (RopeTable& table : plan_.rope_tables) table.frequencies = {};
}

std::vector<RopeAngles> CpuNetwork::rope_angles(int height, int width) const {
  std::vector<RopeAngles> angles;
  for (const OwnedRopeTable& table : rope_tables_) angles.push_back(table.angles(height, width));
  return angles;
}

std::size_t CpuNetwork::scratch_bytes(int n, int height, int width, int parts) const {
  std::size_t bytes = 0;
  for (const auto& op : ops_) bytes = std::max(bytes, op->scratch_bytes(n, height, width, parts));
  return bytes;
}

}  // namespace hayago::nn
