#include "nn/exec/cuda/cuda_context.h"

#include <fmt/format.h>

#include <chrono>

namespace hayago::nn {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

BusShape bus_shape(const Plan& plan, int pixels) {
  BusShape shape;
  shape.pixels = pixels;
  shape.c_spatial = plan.tensor(plan.spatial).channels;
  shape.c_global = plan.tensor(plan.global).channels;
  shape.c_meta = plan.meta == kNoTensor ? 0 : plan.tensor(plan.meta).channels;
  shape.policy_channels = plan.tensor(plan.policy).channels;
  shape.score_channels = plan.tensor(plan.score).channels;
  return shape;
}

ArenaLayout arena_layout(const CudaProgram& program, int slots, int pixels) {
  return lay_out(program.lifetimes(),
                 [&](const Buffer& b) { return program.buffer_bytes(b, slots, pixels); });
}

std::size_t angle_bytes(const OwnedRopeTable& table, int pixels) {
  return gpu_aligned(index(pixels * table.kv_heads() * (table.dim() / 2)) * sizeof(float));
}

std::size_t input_bytes(const BusShape& shape, int slots) {
  return std::max(input_layout(shape, slots, false).bytes, input_layout(shape, slots, true).bytes);
}

std::size_t output_bytes(const BusShape& shape, int slots) {
  return output_layout(shape, slots).floats * sizeof(float);
}

}  // namespace

int slots_for(int n) {
  constexpr int kExact = 32, kStep = 4;
  return n <= kExact ? n : (n + kStep - 1) / kStep * kStep;
}

CudaContext::Places CudaContext::find_places(const CudaProgram& program, const BusShape& shape,
                                             int slots, int height, int width) {
  const int pixels = height * width;
  std::size_t at = 0;
  const auto take = [&](std::size_t bytes) {
    const std::size_t begin = at;
    at += gpu_aligned(bytes);
    return begin;
  };
  Places places{};
  places.inputs = take(input_bytes(shape, slots));
  places.outputs = take(output_bytes(shape, slots));
  places.mask = take(index(slots) * index(pixels));
  places.area = take(index(slots) * sizeof(float));
  places.angles = at;
  for (const OwnedRopeTable& table : program.rope_tables()) take(2 * angle_bytes(table, pixels));
  places.bytes = at;
  return places;
}

CudaContext::CudaContext(std::shared_ptr<const CudaNetwork> network, int height, int width,
                         int batch)
    : network_(std::move(network)),
      height_(height),
      width_(width),
      slots_(slots_for(batch)),
      shape_(bus_shape(network_->program().plan(), height * width)),
      layout_(arena_layout(network_->program(), slots_, height * width)),
      places_(find_places(network_->program(), shape_, slots_, height, width)),
      activations_(network_->runtime(), layout_.size),
      device_(network_->runtime(), places_.bytes),
      inputs_(network_->runtime(), input_bytes(shape_, slots_)),
      outputs_(network_->runtime(), output_bytes(shape_, slots_)),
      stream_(network_->runtime()),
      graphs_(network_->runtime()) {
  const CudaProgram& program = network_->program();
  for (const int buffer : program.lifetimes().buffer_of) {
    tensors_.push_back(buffer < 0 ? nullptr : activations_.data() + layout_.offsets[index(buffer)]);
  }
  output_of_.resize(tensors_.size());
  upload_angles();
}

void CudaContext::upload_angles() {
  kernels::GpuRuntime& runtime = *network_->runtime();
  std::byte* at = device_.data() + places_.angles;
  for (const OwnedRopeTable& table : network_->program().rope_tables()) {
    const RopeAngles angles = table.angles(height_, width_);
    const auto upload = [&](const std::vector<float>& values) {
      const auto* const place = reinterpret_cast<const float*>(at);
      runtime.copy_to_device(at, values.data(), values.size() * sizeof(float), stream_.get());
      at += angle_bytes(table, shape_.pixels);
      return place;
    };
    GpuAngles& uploaded = angles_.emplace_back();
    uploaded.cosines = upload(angles.cosines);
    uploaded.sines = upload(angles.sines);
    runtime.synchronize(stream_.get());  // before the vectors go away
  }
}

// Everything into the pinned block. Planes travel as bits if those of all positions can.
PassShape CudaContext::load(std::span<const PositionInput> inputs) {
  PassShape pass;
  pass.n = slots_for(static_cast<int>(inputs.size()));
  auto* words = reinterpret_cast<std::uint32_t*>(inputs_.data());
  for (int slot = 0; slot < pass.n && !pass.dense; ++slot, words += shape_.pixels) {
    const PositionInput& input = inputs[std::min(index(slot), inputs.size() - 1)];
    const PackedPlanes packed = pack_planes(input, shape_.pixels, shape_.c_spatial, words);
    pass.dense = !packed.are_bits;
    pass.masked |= !packed.all_on_board;
  }
  if (pass.dense) {
    pass.masked = false;
    for (const PositionInput& input : inputs) {
      pass.masked |= !board_fills_buffer(input, shape_.pixels, shape_.c_spatial);
    }
  }
  load_rows(shape_, inputs, pass.n, pass.dense, inputs_.data());
  return pass;
}

// Where everything lies in a pass of this shape.
GpuPass CudaContext::bind_pass(const PassShape& shape) {
  const Plan& plan = network_->program().plan();
  const InputLayout in = input_layout(shape_, shape.n, shape.dense);
  const OutputLayout out = output_layout(shape_, shape.n);
  std::byte* const inputs = device_.data() + places_.inputs;
  auto* const outputs = reinterpret_cast<float*>(device_.data() + places_.outputs);
  tensors_[index(plan.global)] = inputs + in.global;
  if (plan.meta != kNoTensor) tensors_[index(plan.meta)] = inputs + in.meta;
  output_of_[index(plan.policy)] = outputs + out.policy;
  output_of_[index(plan.ownership)] = outputs + out.ownership;
  output_of_[index(plan.pass)] = outputs + out.pass;
  output_of_[index(plan.value)] = outputs + out.value;
  output_of_[index(plan.score)] = outputs + out.score;

  GpuPass pass;
  pass.n = shape.n;
  pass.h = height_;
  pass.w = width_;
  pass.constants = network_->constants();
  pass.tensors = tensors_.data();
  pass.outputs = output_of_.data();
  const auto* const mask = reinterpret_cast<const std::uint8_t*>(device_.data() + places_.mask);
  pass.mask = shape.masked ? mask : nullptr;
  pass.area = reinterpret_cast<const float*>(device_.data() + places_.area);
  pass.rope = angles_.data();
  pass.runtime = network_->runtime().get();
  pass.stream = stream_.get();
  return pass;
}

// One whole pass: inputs to the device, all operations, outputs back.
void CudaContext::enqueue(const PassShape& shape) {
  const CudaProgram& program = network_->program();
  const Plan& plan = program.plan();
  kernels::GpuRuntime& runtime = *network_->runtime();
  const InputLayout in = input_layout(shape_, shape.n, shape.dense);
  const OutputLayout out = output_layout(shape_, shape.n);
  std::byte* const inputs = device_.data() + places_.inputs;
  const GpuPass pass = bind_pass(shape);

  runtime.copy_to_device(inputs, inputs_.data(), in.bytes, stream_.get());
  kernels::GpuExpand expand;
  if (shape.dense) {
    expand.dense = reinterpret_cast<const float*>(inputs + in.spatial);
  } else {
    expand.planes = reinterpret_cast<const std::uint32_t*>(inputs + in.spatial);
  }
  expand.spatial = tensors_[index(plan.spatial)];
  expand.mask = reinterpret_cast<std::uint8_t*>(device_.data() + places_.mask);
  expand.area = reinterpret_cast<float*>(device_.data() + places_.area);
  expand.n = shape.n;
  expand.pixels = shape_.pixels;
  expand.c = shape_.c_spatial;
  const char* const problem = runtime.kernels().expand(program.storage(), expand, stream_.get());
  if (problem != nullptr) throw kernels::GpuError(fmt::format("expanding inputs: {}", problem));
  for (const auto& op : program.ops()) op->launch(pass);
  runtime.copy_from_device(outputs_.data(), device_.data() + places_.outputs,
                           out.floats * sizeof(float), stream_.get());
}

std::vector<CudaContext::OpTime> CudaContext::time_ops(int n) {
  constexpr int kLaunches = 20;
  kernels::GpuRuntime& runtime = *network_->runtime();
  PassShape shape;
  shape.n = slots_for(n);
  const GpuPass pass = bind_pass(shape);
  std::vector<OpTime> times;
  for (const auto& op : network_->program().ops()) {
    const kernels::GpuGraph graph = runtime.record(stream_.get(), [&] {
      for (int i = 0; i < kLaunches; ++i) op->launch(pass);
    });
    runtime.replay(graph, stream_.get());
    runtime.synchronize(stream_.get());
    const auto start = std::chrono::steady_clock::now();
    runtime.replay(graph, stream_.get());
    runtime.replay(graph, stream_.get());
    runtime.synchronize(stream_.get());
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    runtime.destroy_graph(graph);
    times.push_back({op->what(), taken.count() / (2 * kLaunches)});
  }
  return times;
}

void CudaContext::compute(const PassShape& shape) {
  kernels::GpuRuntime& runtime = *network_->runtime();
  try {
    const kernels::GpuGraph graph =
        graphs_.get(shape, [&] { return runtime.record(stream_.get(), [&] { enqueue(shape); }); });
    runtime.replay(graph, stream_.get());
    runtime.synchronize(stream_.get());
  } catch (const kernels::GpuError& error) {
    const kernels::GpuDevice& device = runtime.device();
    throw kernels::GpuError(fmt::format("cuda:{} {}: {}", device.index, device.name, error.what()));
  }
}

void CudaContext::run(std::span<const PositionInput> inputs, std::span<const RawOutput> outputs) {
  const PassShape shape = load(inputs);
  compute(shape);
  const auto* const block = reinterpret_cast<const float*>(outputs_.data());
  bool finite = true;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    finite &= store_output(shape_, block, shape.n, static_cast<int>(i), outputs[i]);
  }
  // In single precision this is the network's own doing, which the post-processing reports.
  if (!finite && network_->program().storage() == kernels::GpuType::kF16) {
    throw HalfRangeError(
        "the network's numbers left the range of half precision; use precision = fp32");
  }
}

}  // namespace hayago::nn
