// Products in binary16 on Hopper: tensor copies fill a ring of stages, one or two warpgroups
// multiply (wgmma), one thread drives the copies. Block tile 64*kTall*kGroups rows x kColumns
// channels, 64 deep; each of kGroups consuming warpgroups owns 64*kTall rows. Rows of the input are
// fetched in im2col mode: the copy engine walks the points of consecutive boards and fills in zeros
// beyond their edges, so that no row is wasted and no thread computes an address. The grid is
// persistent: while the consumers finish one tile the ring fills for the next.
//
// Measured on an H200: sharing weights between two blocks of a cluster (multicast) made a step of a
// 128x192 tile take 0.66 us instead of 0.43, which is the speed of the matrix units.
#pragma once
#include "kernels/cuda/epilogue.cuh"
#include "kernels/cuda/hopper.cuh"

namespace hayago::kernels {
namespace {

constexpr int kHopperDepth = 64, kHopperRowBytes = 128;
constexpr int kHopperShared = 227 * 1024;

// kAlternate: two consuming warpgroups work on tiles of their own in turn, so that one multiplies
// while the other finishes; otherwise they share the rows of a tile.
template <int kColumnCount, int kTallness, int kGroupCount, bool kAlternation = false>
struct HopperTile {
  static constexpr int kColumns = kColumnCount, kTall = kTallness, kGroups = kGroupCount;
  static constexpr bool kAlternate = kAlternation;
  static constexpr int kSharers = kAlternate ? 1 : kGroups;  // warpgroups that read a stage
  static constexpr int kThreads = 128 * (1 + kGroups);
  static constexpr int kRows = 64 * kTall * kSharers;
  static constexpr int kInputBytes = kRows * kHopperRowBytes;
  static constexpr int kWeightBytes = kColumns * kHopperRowBytes;
  static constexpr int kStageBytes = kInputBytes + kWeightBytes;
  // Behind the stages: barriers, then the terms of the epilogue for each consuming warpgroup.
  static constexpr int kBarrierBytes = 256, kTermBytes = 3 * kColumns * 4;
  static constexpr int kOtherBytes = kBarrierBytes + kGroups * kTermBytes;
  static constexpr int kMost = (kHopperShared - kOtherBytes) / kStageBytes;
  static constexpr int kStages = kMost < 8 ? kMost : 8;
  static constexpr int kSharedBytes = kStages * kStageBytes + kOtherBytes;
};

struct HopperProduct {
  GpuProduct p;
  int row_tiles, column_tiles;
  int steps;  // of 64 along k; the last of a tap may reach beyond the channels, where inputs are 0
};

template <class Tile>
struct HopperRing {
  unsigned char* stages;
  std::uint64_t* full;
  std::uint64_t* empty;
  std::uint64_t* turn;  // (2): the other of two alternating warpgroups is through its products
  float* terms;         // (kGroups, 3, kColumns): bias, scale, shift
};

template <class Tile>
HAYAGO_DEVICE HopperRing<Tile> hopper_ring() {
  unsigned char* const shared = dynamic_shared();
  HopperRing<Tile> ring;
  ring.stages = shared;
  ring.full = reinterpret_cast<std::uint64_t*>(shared + Tile::kStages * Tile::kStageBytes);
  ring.empty = ring.full + Tile::kStages;
  ring.turn = ring.empty + Tile::kStages;
  ring.terms =
      reinterpret_cast<float*>(shared + Tile::kStages * Tile::kStageBytes + Tile::kBarrierBytes);
  return ring;
}

// Where a ring stands: the stage and how often it has wrapped around, modulo 2.
struct RingPosition {
  int stage = 0, lap = 0;
  HAYAGO_DEVICE void advance(int stages) {
    if (++stage == stages) stage = 0, lap ^= 1;
  }
  HAYAGO_DEVICE void skip(int stages, int steps) {
    lap ^= (stage + steps) / stages & 1;
    stage = (stage + steps) % stages;
  }
};

// The tiles of one block.
template <class Tile>
struct HopperWalk {
  const HopperProduct& h;
  int tile;
  HAYAGO_DEVICE explicit HopperWalk(const HopperProduct& product)
      : h(product), tile(static_cast<int>(blockIdx.x)) {}
  HAYAGO_DEVICE bool more() const { return tile < h.row_tiles * h.column_tiles; }
  HAYAGO_DEVICE void next() { tile += static_cast<int>(gridDim.x); }
  HAYAGO_DEVICE int row() const { return tile / h.column_tiles * Tile::kRows; }
  HAYAGO_DEVICE int column() const { return tile % h.column_tiles * Tile::kColumns; }
};

// Fetches the weights of the first stages of the first tile; returns of how many.
template <class Tile>
HAYAGO_DEVICE int hopper_early_weights(const HopperProduct& h, const CUtensorMap* weights) {
  const HopperRing<Tile> ring = hopper_ring<Tile>();
  const int stride = gpu_padded(h.p.c_in), column = HopperWalk<Tile>(h).column();
  const int count = h.steps < Tile::kStages ? h.steps : Tile::kStages;
  int tap = 0, c = 0;
  for (int i = 0; i < count; ++i) {
    barrier_expect_bytes(ring.full + i, Tile::kStageBytes);
    copy_box(ring.stages + i * Tile::kStageBytes + Tile::kInputBytes, weights, tap + c, column,
             ring.full + i);
    c += kHopperDepth;
    if (c >= stride) c = 0, tap += stride;
  }
  return count;
}

template <class Tile>
HAYAGO_DEVICE void hopper_produce(const HopperProduct& h, const CUtensorMap* inputs,
                                  const CUtensorMap* weights) {
  const HopperRing<Tile> ring = hopper_ring<Tile>();
  const int pixels = h.p.h * h.p.w, stride = gpu_padded(h.p.c_in);
  // The first weights do not wait for the kernel before, which only writes activations.
  const int early = hopper_early_weights<Tile>(h, weights);
  wait_for_previous_kernel();
  int step = 0;
  RingPosition at;
  for (HopperWalk<Tile> walk(h); walk.more(); walk.next()) {
    const int row = walk.row();
    const int column = walk.column();
    const int n = row / pixels, y = row % pixels / h.p.w, x = row % pixels % h.p.w;
    int k = 0;  // first column of the tap in the packed weights
    for (int dy = 0; dy < h.p.ky; ++dy) {
      for (int dx = 0; dx < h.p.kx; ++dx, k += stride) {
        for (int c = 0; c < stride; c += kHopperDepth, ++step) {
          unsigned char* const stage = ring.stages + at.stage * Tile::kStageBytes;
          std::uint64_t* const full = ring.full + at.stage;
          if (step >= early) {
            barrier_wait(ring.empty + at.stage, at.lap ^ 1);
            barrier_expect_bytes(full, Tile::kStageBytes);
            copy_box(stage + Tile::kInputBytes, weights, k + c, column, full);
          }
          copy_pixels(stage, inputs, c, x - h.p.kx / 2, y - h.p.ky / 2, n, dx, dy, full);
          at.advance(Tile::kStages);
        }
      }
    }
  }
}

// acc: the sums of 64 rows from row0 on.
template <class Tile>
HAYAGO_DEVICE void hopper_finish(const HopperProduct& h, int row0, int column0, const float* terms,
                                 float (&acc)[Tile::kColumns / 2]) {
  const int lane = static_cast<int>(threadIdx.x) % 32,
            warp = static_cast<int>(threadIdx.x) / 32 % 4;
  const int row = row0 + warp * 16 + lane / 4, in_tile = lane % 4 * 8;
  const EpilogueRow rows[2] = {epilogue_row(h.p, row), epilogue_row(h.p, row + 8)};
  const auto terms_of = [&](int group) {
    ChannelTerms out;
    load8(terms + in_tile + group * 32, out.bias);
    load8(terms + Tile::kColumns + in_tile + group * 32, out.scale);
    load8(terms + 2 * Tile::kColumns + in_tile + group * 32, out.shift);
    return out;
  };
  const auto sum = [&](int i, int group, float* v) {
#pragma unroll
    for (int j = 0; j < 8; ++j) v[j] = acc[(group * 4 + j / 2) * 4 + i * 2 + j % 2];
  };
  finish_tile<Half, 2, Tile::kColumns / 32>(h.p, rows, column0 + in_tile, terms_of, sum);
}

// Before the products of a tile: what its end needs, so that it waits for no memory.
template <class Tile>
HAYAGO_DEVICE void hopper_fetch_terms(const GpuEpilogue& e, int column0, int channels, int group,
                                      float* terms) {
  warpgroup_sync(group + 1);  // the tile before is finished
  for (int i = static_cast<int>(threadIdx.x) % 128; i < Tile::kColumns; i += 128) {
    const int c = column0 + i;
    const bool exists = c < channels;
    terms[i] = exists && e.bias != nullptr ? e.bias[c] : 0.0f;
    terms[Tile::kColumns + i] = exists && e.scale != nullptr ? e.scale[c] : 1.0f;
    terms[2 * Tile::kColumns + i] = exists && e.shift != nullptr ? e.shift[c] : 0.0f;
  }
  warpgroup_sync(group + 1);
}

template <class Tile>
HAYAGO_DEVICE void hopper_multiply(const unsigned char* stage, int share,
                                   float (&acc)[Tile::kTall][Tile::kColumns / 2]) {
  const std::uint64_t b = matrix_descriptor(stage + Tile::kInputBytes);
#pragma unroll
  for (int k = 0; k < kHopperDepth / 16; ++k) {  // 32 bytes of a row are 2 units of a descriptor
#pragma unroll
    for (int m = 0; m < Tile::kTall; ++m) {
      const std::uint64_t a =
          matrix_descriptor(stage + (share * Tile::kTall + m) * 64 * kHopperRowBytes);
      product<Tile::kColumns>(acc[m], a + 2 * k, b + 2 * k);
    }
  }
}

// The products of one tile, from ring position `at` on.
template <class Tile>
HAYAGO_DEVICE void hopper_products(const HopperRing<Tile>& ring, RingPosition& at, int steps,
                                   int share, float (&acc)[Tile::kTall][Tile::kColumns / 2]) {
  const bool releases = threadIdx.x % 128 == 0;
#pragma unroll
  for (int m = 0; m < Tile::kTall; ++m) {
#pragma unroll
    for (int i = 0; i < Tile::kColumns / 2; ++i) acc[m][i] = 0.0f;
  }
  int last = 0;
  for (int step = 0; step < steps; ++step) {
    barrier_wait(ring.full + at.stage, at.lap);
    products_begin();
    hopper_multiply<Tile>(ring.stages + at.stage * Tile::kStageBytes, share, acc);
    products_commit();
    products_wait<1>();  // the products of the step before are done with their stage
    if (step > 0 && releases) barrier_arrive(ring.empty + last);
    last = at.stage;
    at.advance(Tile::kStages);
  }
  products_wait<0>();
  if (releases) barrier_arrive(ring.empty + last);
}

template <class Tile>
HAYAGO_DEVICE void hopper_consume(const HopperProduct& h, int group) {
  const HopperRing<Tile> ring = hopper_ring<Tile>();
  float* const terms = ring.terms + group * 3 * Tile::kColumns;
  const int share = Tile::kAlternate ? 0 : group;  // of the rows of a tile
  RingPosition at;
  HopperWalk<Tile> walk(h);
  if (Tile::kAlternate && group == 1) walk.next(), at.skip(Tile::kStages, h.steps);
  for (int lap = 0; walk.more(); walk.next(), lap ^= 1) {
    hopper_fetch_terms<Tile>(h.p.epilogue, walk.column(), gpu_padded(h.p.c_out), group, terms);
    // A ring position says nothing about more than one lap ahead: wait for the turn. The first
    // warpgroup begins, its barrier is one phase behind.
    if (Tile::kAlternate) barrier_wait(ring.turn + group, lap ^ (group == 0));
    float acc[Tile::kTall][Tile::kColumns / 2];
    hopper_products<Tile>(ring, at, h.steps, share, acc);
    if (Tile::kAlternate && threadIdx.x % 128 == 0) barrier_arrive(ring.turn + (group ^ 1));
#pragma unroll
    for (int m = 0; m < Tile::kTall; ++m) {
      const int row = walk.row() + (share * Tile::kTall + m) * 64;
      hopper_finish<Tile>(h, row, walk.column(), terms, acc[m]);
    }
    if (Tile::kAlternate) walk.next(), at.skip(Tile::kStages, h.steps);
  }
}

template <class Tile>
HAYAGO_GPU_KERNEL(Tile::kThreads, 1)
product_sm90a(const __grid_constant__ HopperProduct h, const __grid_constant__ CUtensorMap inputs,
              const __grid_constant__ CUtensorMap weights) {
  const HopperRing<Tile> ring = hopper_ring<Tile>();
  const int warpgroup = static_cast<int>(threadIdx.x) / 128;
  if (threadIdx.x == 0) {
    prefetch_map(&inputs);
    prefetch_map(&weights);
    for (int i = 0; i < Tile::kStages; ++i) {
      barrier_init(ring.full + i, 1);
      barrier_init(ring.empty + i, Tile::kSharers);
    }
    barrier_init(ring.turn, 1);
    barrier_init(ring.turn + 1, 1);
    barrier_init_fence();
  }
  __syncthreads();
  let_next_kernel_start();
  if (warpgroup == 0) {
    give_registers<40>();
    if (threadIdx.x == 0) hopper_produce<Tile>(h, &inputs, &weights);
  } else {
    take_registers<232>();
    wait_for_previous_kernel();
    hopper_consume<Tile>(h, warpgroup - 1);
  }
}

}  // namespace
}  // namespace hayago::kernels
