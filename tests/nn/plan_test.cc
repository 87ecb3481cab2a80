// Emission of blocks, fusion, memory planning and printing of plans.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "nn/plan/fuse.h"
#include "nn/plan/memory.h"
#include "nn/plan/print.h"
#include "tests/nn/exec_nets.h"

namespace hayago::test {
namespace {

template <class T>
int count(const nn::Plan& plan) {
  return static_cast<int>(std::count_if(plan.ops.begin(), plan.ops.end(), [](const nn::Op& op) {
    return std::holds_alternative<T>(op);
  }));
}

int products(const nn::Plan& plan) { return count<nn::ConvOp>(plan) + count<nn::MatMulOp>(plan); }

// Every tensor is written once, before anybody reads it.
void check_order(const nn::Plan& plan) {
  std::set<nn::TensorId> written;
  for (const nn::TensorId id : plan.inputs()) written.insert(id);
  for (const nn::Op& op : plan.ops) {
    for (const nn::TensorId id : nn::reads(op)) CHECK(written.count(id) == 1);
    CHECK_FALSE(nn::writes(op).empty());
    for (const nn::TensorId id : nn::writes(op)) CHECK(written.insert(id).second);
  }
  for (const nn::TensorId id : plan.outputs()) CHECK(written.count(id) == 1);
}

nn::ConvDesc conv(const char* name, int k, int c_in, int c_out) {
  nn::ConvDesc desc;
  desc.name = name;
  desc.ky = desc.kx = k;
  desc.c_in = c_in;
  desc.c_out = c_out;
  desc.weights.resize(static_cast<std::size_t>(k * k * c_in * c_out));
  return desc;
}

nn::NormDesc norm(const char* name, int channels) {
  nn::NormDesc desc;
  desc.name = name;
  desc.a.resize(static_cast<std::size_t>(channels));
  desc.b = desc.a;
  return desc;
}

nn::PlanBuilder builder_with_input(int channels) {
  nn::PlanBuilder b;
  b.plan.spatial = b.input("x", channels, true);
  return b;
}

}  // namespace

TEST_CASE("plans of all block kinds are in order, and stay so when fused", "[nn][plan]") {
  for (const auto& options : small_nets()) {
    INFO(describe(options));
    const nn::ModelDesc model = nn::synth_model(options);
    const nn::Plan plan = nn::build_plan(model), fused = nn::fuse(plan);
    check_order(plan);
    check_order(fused);
    CHECK(products(fused) == products(plan));
    // Each of these always finds a convolution or product to join.
    CHECK(count<nn::AddOp>(fused) == 0);
    CHECK(count<nn::AddBiasOp>(fused) == 0);
    CHECK(count<nn::AddRowBiasOp>(fused) == 0);
    CHECK(count<nn::NormActOp>(fused) == 0);
  }
}

TEST_CASE("a residual pair fuses into two convolutions", "[nn][plan]") {
  const auto c1 = conv("first", 3, 8, 8), c2 = conv("second", 3, 8, 8), c3 = conv("third", 1, 8, 4);
  const auto n1 = norm("n1", 8), n2 = norm("n2", 8);
  const nn::ActDesc relu{"relu", kernels::Act::kRelu};
  auto b = builder_with_input(8);
  const auto t = b.conv(b.plan.spatial, c1);
  const auto u = b.add(t, b.conv(b.norm_act(t, n1, relu), c2));
  b.plan.policy = b.conv(b.norm_act(u, n2, relu), c3);
  const nn::Plan fused = nn::fuse(b.plan);
  // The trunk is stored where the addition reads it, and not after its last use.
  CHECK(nn::print_plan(fused) ==
        "input x t0 (8)\n"
        "   0 conv 3x3 8->8            t0 -> t1, t2  first |norm relu\n"
        "   1 conv 3x3 8->8            t2, t1 -> t5  second +t1 |norm relu\n"
        "   2 matmul 8->4              t5 -> t6  third\n"
        "output policy t6 pass t-1 value t-1 score t-1 ownership t-1\n");
}

TEST_CASE("a fused operation waits for what it adds", "[nn][plan]") {
  const auto c1 = conv("early", 3, 8, 8), c2 = conv("late", 3, 8, 24);
  auto b = builder_with_input(8);
  const auto u = b.conv(b.plan.spatial, c1);
  const nn::MatMulDesc product{"row", 24, 8, std::vector<float>(24 * 8)};
  const auto row = b.matmul(b.gpool(b.conv(b.plan.spatial, conv("g", 1, 8, 8))), product);
  b.plan.policy = b.add_row_bias(u, row);
  const nn::Plan fused = nn::fuse(b.plan);
  check_order(fused);
  REQUIRE(fused.ops.size() == 4);
  CHECK(std::get<nn::ConvOp>(fused.ops[3]).name == "early");
}

TEST_CASE("what somebody else reads is not fused away", "[nn][plan]") {
  const auto c1 = conv("c", 3, 8, 8);
  const nn::BiasDesc bias{"bias", std::vector<float>(8)};
  auto b = builder_with_input(8);
  const auto t = b.conv(b.plan.spatial, c1);
  b.plan.policy = b.add_bias(t, bias);
  b.plan.ownership = t;  // the bare product is an output too
  const nn::Plan fused = nn::fuse(b.plan);
  check_order(fused);
  CHECK(count<nn::AddBiasOp>(fused) == 1);

  // Two norms of one tensor: the first is fused, the second runs by itself.
  const auto n1 = norm("n1", 8), n2 = norm("n2", 8);
  const nn::ActDesc relu{"relu", kernels::Act::kRelu};
  auto two = builder_with_input(8);
  const auto s = two.conv(two.plan.spatial, c1);
  two.plan.policy = two.norm_act(s, n1, relu);
  two.plan.ownership = two.norm_act(s, n2, relu);
  const nn::Plan fused_two = nn::fuse(two.plan);
  check_order(fused_two);
  CHECK(count<nn::NormActOp>(fused_two) == 1);
  CHECK(std::get<nn::ConvOp>(fused_two.ops[0]).epilogue.raw_out == s);
}

TEST_CASE("buffers that are alive together do not overlap", "[nn][plan]") {
  for (const auto& options : small_nets()) {
    INFO(describe(options));
    const nn::ModelDesc model = nn::synth_model(options);
    for (const nn::Plan& plan : {nn::build_plan(model), nn::fuse(nn::build_plan(model))}) {
      const nn::Lifetimes lifetimes = nn::find_lifetimes(plan);
      const nn::ArenaLayout layout = nn::lay_out(lifetimes, 3, 7, 11);
      const auto& buffers = lifetimes.buffers;
      bool overlap = false;
      std::size_t sum = 0;
      for (std::size_t i = 0; i < buffers.size(); ++i) {
        const std::size_t begin = layout.offsets[i];
        const std::size_t end = begin + nn::buffer_floats(buffers[i], 3, 7, 11);
        sum += end - begin;
        CHECK(begin % kernels::kChannelAlign == 0);
        CHECK(end <= layout.size);
        for (std::size_t j = 0; j < i; ++j) {
          const bool together =
              buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
          const std::size_t other_end = layout.offsets[j] + nn::buffer_floats(buffers[j], 3, 7, 11);
          overlap |= together && begin < other_end && layout.offsets[j] < end;
        }
      }
      CHECK_FALSE(overlap);
      CHECK(layout.size < sum / 2);  // these nets have many short-lived tensors
    }
  }
}

TEST_CASE("the residual stream of a convnet stays in place", "[nn][plan]") {
  nn::SynthOptions options;
  options.arch = "b6c96";
  const nn::ModelDesc model = nn::synth_model(options);
  const nn::Plan plan = nn::fuse(nn::build_plan(model));
  const nn::Lifetimes lifetimes = nn::find_lifetimes(plan);
  std::set<int> streams;
  for (const nn::Op& op : plan.ops) {
    const auto* c = std::get_if<nn::ConvOp>(&op);
    if (c == nullptr || c->epilogue.residual == nn::kNoTensor) continue;
    streams.insert(lifetimes.buffer_of[static_cast<std::size_t>(c->epilogue.residual)]);
  }
  CHECK(streams.size() == 1);
  // Stream, activated input and the insides of one block: four tensors of trunk width are enough.
  const nn::ArenaLayout layout = nn::lay_out(lifetimes, 1, 19, 19);
  CHECK(layout.size < 4 * 361 * 96);
}

TEST_CASE("equal rope tables are shared", "[nn][plan]") {
  nn::SynthOptions options;
  options.arch = "b2c32h4tf";
  CHECK(nn::build_plan(nn::synth_model(options)).rope_tables.size() == 1);
  options.rope = "learned";
  const nn::ModelDesc learned = nn::synth_model(options);
  const nn::Plan plan = nn::build_plan(learned);
  CHECK(static_cast<int>(plan.rope_tables.size()) == count<nn::AttentionOp>(plan));
  options.rope = "none";
  CHECK(nn::build_plan(nn::synth_model(options)).rope_tables.empty());
}

}  // namespace hayago::test
