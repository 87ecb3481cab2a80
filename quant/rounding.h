// Weights as integers: not each to its nearest, but so that the errors of a whole output cancel.
//
// An output is w.x. With e = (scale * q - w) and C the covariance of x, its error has the variance
// e' C e, apart from a mean that an offset takes away. The q of an output are chosen one at a time,
// each to make up for the errors of those before it (the procedure of GPTQ, Frantar et al. 2022,
// which is Babai's nearest plane), then changed one at a time as long as that reduces e' C e. This
// is not AdaRound: nothing is trained, and no weight sees the layers after its own.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace hayago::quant {

class CompensatedRounding {
 public:
  // covariance: (size, size), symmetric, without negative eigenvalues but for rounding. A share of
  // its diagonal is added to it, for inputs that hardly ever vary.
  CompensatedRounding(std::span<const double> covariance, std::size_t size);

  struct Output {
    std::vector<std::int8_t> weights;  // -127..127
    double scale = 1;                  // a float
    double variance = 0;               // of the output's error
  };
  // One output's weights (size). Of several scales, the one that leaves least variance: it may cut
  // off the largest weights.
  Output round(std::span<const double> weights) const;
  // Every weight has a scale of its own (size).
  std::vector<std::int8_t> round(std::span<const double> weights,
                                 std::span<const double> scales) const;
  // Integers from before, changed one at a time for other weights.
  std::vector<std::int8_t> adapt(std::vector<std::int8_t> before, std::span<const double> weights,
                                 std::span<const double> scales) const;

 private:
  struct Attempt {
    std::vector<std::int8_t> weights;
    double variance = 0;
  };
  Attempt in_turn(std::span<const double> weights, std::span<const double> scales) const;
  void improve(std::span<const double> weights, std::span<const double> scales,
               Attempt& attempt) const;

  std::size_t size_;
  std::vector<float> covariance_;  // with the addition
  std::vector<float> factor_;      // upper triangular M of C = M' M, rows divided by M_ii
  std::vector<double> squares_;    // M_ii^2
};

// All outputs of a layer, whose errors cost e' S e at every point: where S says that a step of one
// output undoes one of another, the weights of later outputs make up for the errors of earlier
// ones, as weights of one output do.
class JointRounding {
 public:
  // sensitivity: (outputs, outputs) as in quant/sensitivity.h; empty: outputs are independent.
  JointRounding(const CompensatedRounding& rounding, std::span<const double> sensitivity,
                std::size_t outputs);

  // Of every output its weights, and its scales or none, for one that is chosen.
  std::vector<CompensatedRounding::Output> round(
      const std::vector<std::vector<double>>& weights,
      const std::vector<std::vector<double>>& scales) const;

 private:
  std::vector<double> target(std::size_t output, std::span<const double> factors,
                             const std::vector<std::vector<double>>& weights,
                             const std::vector<std::vector<double>>& errors) const;

  const CompensatedRounding& rounding_;
  std::size_t outputs_;
  std::vector<double> sensitivity_, factor_;  // rows divided by their diagonal; factor: triangular
};

// For a symmetric matrix (size, size): of every row the variance that is left when those behind it
// are known, after the usual damping.
std::vector<double> conditional_variances(std::span<const double> covariance, std::size_t size);

}  // namespace hayago::quant
