// How packed weights of GPU products lie. Rows and columns are padded with zeros to multiples of
// kGpuChannelAlign; k counts (tap, input channel) in the order of the reduction:
// k = (ky_index * kx + kx_index) * gpu_padded(c_in) + channel.
//   f32: [k][output channel]                      SIMT kernels read rows of output channels.
//   f16: [row_of_channel(output channel)][k]      matrix instructions read rows of k.
//   i8:  the same with one signed byte q per weight; a step per output channel lies elsewhere.
//
// Matrix instructions leave a thread with columns 2t, 2t+1 of every group of eight columns (t =
// lane % 4). Rows of weights are ordered so that the eight columns a thread holds in 32 are eight
// consecutive channels: its results leave in 16-byte stores without passing through shared memory.
#pragma once

namespace hayago::kernels {

// Row of an output channel inside packed f16 and i8 weights: column j*8 + 2t + e holds channel
// 8t + 2j + e of its group of 32.
constexpr int row_of_channel(int channel) {
  const int group = channel / 32, in_group = channel % 32;
  const int t = in_group / 8, j = in_group % 8 / 2, e = in_group % 2;
  return group * 32 + j * 8 + 2 * t + e;
}
// Its inverse.
constexpr int channel_of_row(int row) {
  const int group = row / 32, in_group = row % 32;
  const int j = in_group / 8, t = in_group % 8 / 2, e = in_group % 2;
  return group * 32 + t * 8 + 2 * j + e;
}

}  // namespace hayago::kernels
