// Matrix product with packed weights: 1x1 convolutions and linear layers.
//   acc(row, o) = sum_i in[row*padded(c_in) + i] * w[i][o]        then the epilogue
// The reduction runs over i in increasing order for every row, whatever the number of rows.
// Tolerance: |error| <= 4e-6 * sqrt(c_in) * rms(in) * rms(w).
#pragma once
#include <memory>
#include <vector>

#include "kernels/blocking.h"
#include "kernels/isa.h"
#include "kernels/share.h"
#include "kernels/types.h"

namespace hayago::kernels {

class Gemm {
 public:
  virtual ~Gemm() = default;
  // in: (rows, c_in). rows_per_position selects the row of Epilogue::row_bias. Outputs must not
  // overlap `in`, which needs no alignment. All has been done when all parts
  // of the share have been.
  virtual void run(const float* in, int rows, int rows_per_position, const Epilogue& epilogue,
                   const Share& share = {}) const noexcept = 0;
  virtual const char* algorithm() const = 0;
};

// weights: file order [c_in][c_out].
std::unique_ptr<Gemm> make_gemm(Isa isa, int c_in, int c_out, const float* weights,
                                const Blocking& blocking = {});

// Values of Blocking::panel_vectors that may be worth a try, the default (0) first.
std::vector<int> gemm_panel_choices(Isa isa, int c_out);

}  // namespace hayago::kernels
