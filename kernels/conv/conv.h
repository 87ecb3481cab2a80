// 2-D cross-correlation with zero padding that keeps the size (spec/01 section 5.3, spec/02
// section 2), odd kernel sizes, stride 1, dilation 1, fused epilogue (kernels/types.h).
//   out(Y,X,oc) = sum_{y,x,ic} w[y][x][ic][oc] * in(Y + y - ky/2, X + x - kx/2, ic)
// Tolerance against the double-precision reference: |error| <= t * sqrt(ky*kx*c_in) * rms(in) *
// rms(w) with t = 1e-5 for "direct" and 6e-5 for the Winograd forms, which lose about a digit:
// their root-mean-square error is 3e-6 in the same unit, and the worst of 1e5 elements is 12 times
// that.
#pragma once
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "kernels/blocking.h"
#include "kernels/isa.h"
#include "kernels/share.h"
#include "kernels/types.h"

namespace hayago::kernels {

struct ConvShape {
  int ky = 0, kx = 0;
  int c_in = 0, c_out = 0;
  bool operator==(const ConvShape&) const = default;
};

// A convolution whose weights are packed for one algorithm of one ISA. Immutable, shared by
// threads.
class Conv {
 public:
  virtual ~Conv() = default;
  // Bytes of 64-byte aligned scratch that run() needs for a batch of n positions of h x w and
  // `parts` threads.
  virtual std::size_t scratch_bytes(int n, int h, int w, int parts = 1) const = 0;
  // Phases of a call that is cut into `parts`.
  virtual int phases(int n, int h, int w, int parts) const = 0;
  // in: (n, h*w, c_in). Outputs as the epilogue says; they must not overlap `in`. All has been done
  // when all parts of all phases have been.
  virtual void run(const float* in, int n, int h, int w, const Epilogue& epilogue, void* scratch,
                   const Share& share = {}) const noexcept = 0;
  virtual const char* algorithm() const = 0;  // for `hayago kernels` and logs
};

// weights: file order [ky][kx][c_in][c_out]. Picks the best algorithm of the ISA for the shape;
// `algorithm` (e.g. "winograd4", "direct") forces one, nullptr lets the kernel choose.
// Never fails for positive odd sizes; throws std::invalid_argument for an unknown algorithm.
std::unique_ptr<Conv> make_conv(Isa isa, const ConvShape& shape, const float* weights,
                                const char* algorithm = nullptr, const Blocking& blocking = {});

// Names of the algorithms that the ISA has on this processor, best first.
std::vector<std::string_view> conv_algorithms(Isa isa);

// True if make_conv() can use the algorithm for the shape: the Winograd forms are for squares of
// one size and for inputs of 8 channels or more.
bool conv_supports(Isa isa, const ConvShape& shape, std::string_view algorithm);

// Values of Blocking::panel_vectors that cut the outputs differently and may be worth a try, the
// default (0) first. For an algorithm that conv_supports().
std::vector<int> conv_panel_choices(Isa isa, const ConvShape& shape, std::string_view algorithm);

}  // namespace hayago::kernels
