// What crosses the bus: one block of inputs to the device, one block of outputs back.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "nn/exec/executor.h"

namespace hayago::nn {

// Sizes of a network's inputs and outputs for one buffer size.
struct BusShape {
  int pixels = 0;
  int c_spatial = 0, c_global = 0, c_meta = 0;
  int policy_channels = 0, score_channels = 0;
};

// Offsets in bytes for n positions. spatial: (n, P) words of bits, or dense (n, P, c_spatial)
// floats. global, meta: (n, gpu_padded(c)) floats, zeros in the padding: the tensors themselves.
struct InputLayout {
  std::size_t spatial = 0, global = 0, meta = 0, bytes = 0;
};
InputLayout input_layout(const BusShape& shape, int n, bool dense);

// Offsets in floats of the outputs, which lie without padding: policy (n, P, channels), ownership
// (n, P), pass (n, channels), value (n, 3), score (n, channels).
struct OutputLayout {
  std::size_t policy = 0, ownership = 0, pass = 0, value = 0, score = 0, floats = 0;
};
OutputLayout output_layout(const BusShape& shape, int n);

// words[p] bit i = plane i of point p. False if some value is neither 0 nor 1, or if there are more
// planes than bits; the words are garbage then. all_on_board: plane 0 is 1 everywhere.
struct PackedPlanes {
  bool are_bits = false, all_on_board = false;
};
PackedPlanes pack_planes(const PositionInput& input, int pixels, int planes, std::uint32_t* words);

// Whether plane 0 is set on every point of the buffer.
bool board_fills_buffer(const PositionInput& input, int pixels, int planes);

// The inputs of all positions but the packed planes: dense planes if wanted, global, meta. Slots
// from inputs.size() to n repeat the last position.
void load_rows(const BusShape& shape, std::span<const PositionInput> inputs, int n, bool dense,
               std::byte* block);

// One position's outputs from the block. False if some number is not finite.
bool store_output(const BusShape& shape, const float* block, int n, int slot,
                  const RawOutput& output);

}  // namespace hayago::nn
