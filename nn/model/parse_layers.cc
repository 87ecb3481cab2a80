#include <fmt/format.h>

#include <cmath>

#include "nn/model/fold.h"
#include "nn/model/parse.h"
#include "nn/model/tokens.h"

namespace hayago::nn {
namespace {

int expected_count(Reader& reader, std::string_view what, Expect expect) {
  const int value = reader.positive(what, kMaxChannels);
  if (expect.count != 0) reader.require_equal(what, value, expect.count, expect.because);
  return value;
}

int kernel_size(Reader& reader, std::string_view what) {
  const int value = reader.positive(what, kMaxKernel);
  if (value % 2 == 0) reader.fail(fmt::format("{} is {}, must be odd", what, value));
  return value;
}

float epsilon(Reader& reader, float largest) {
  const float eps = reader.real32("epsilon");
  if (!(eps > 0)) reader.fail(fmt::format("epsilon is {}, must be greater than 0", eps));
  if (eps > largest) reader.fail(fmt::format("epsilon is {}, must be at most {}", eps, largest));
  return eps;
}

void check_folded(Reader& reader, const NormDesc& norm) {
  for (std::size_t c = 0; c < norm.a.size(); ++c) {
    if (!(norm.variance[c] + norm.eps > 0)) {
      reader.fail(fmt::format("variance {} plus epsilon {} of channel {} must be greater than 0",
                              norm.variance[c], norm.eps, c));
    }
    if (!std::isfinite(norm.a[c]) || !std::isfinite(norm.b[c])) {
      reader.fail(
          fmt::format("channel {} folds to {}*x + {}, must be finite (mean {}, variance "
                      "{}, epsilon {})",
                      c, norm.a[c], norm.b[c], norm.mean[c], norm.variance[c], norm.eps));
    }
  }
}

}  // namespace

ConvDesc parse_conv(Reader& reader, Expect in, Expect out) {
  Section section(reader, "convolution");
  ConvDesc d;
  d.name = section.name();
  d.ky = kernel_size(reader, "kernel height");
  d.kx = kernel_size(reader, "kernel width");
  d.c_in = expected_count(reader, "input channels", in);
  d.c_out = expected_count(reader, "output channels", out);
  d.dil_y = reader.positive("vertical dilation", kMaxChannels);
  d.dil_x = reader.positive("horizontal dilation", kMaxChannels);
  d.weights = reader.array("weights", std::int64_t{d.ky} * d.kx * d.c_in * std::int64_t{d.c_out});
  return d;
}

MatMulDesc parse_matmul(Reader& reader, Expect in, Expect out) {
  Section section(reader, "matrix");
  MatMulDesc d;
  d.name = section.name();
  d.c_in = expected_count(reader, "input channels", in);
  d.c_out = expected_count(reader, "output channels", out);
  d.weights = reader.array("weights", std::int64_t{d.c_in} * d.c_out);
  return d;
}

BiasDesc parse_bias(Reader& reader, Expect channels) {
  Section section(reader, "bias");
  BiasDesc d;
  d.name = section.name();
  d.values = reader.array("values", expected_count(reader, "channels", channels));
  return d;
}

NormDesc parse_norm(Reader& reader, Expect channels) {
  Section section(reader, "norm");
  NormDesc d;
  d.name = section.name();
  const int count = expected_count(reader, "channels", channels);
  d.eps = epsilon(reader, HUGE_VALF);
  d.has_scale = reader.bit("scale flag");
  d.has_bias = reader.bit("bias flag");
  d.mean = reader.array("mean", count);
  d.variance = reader.array("variance", count);
  if (d.has_scale) d.scale = reader.array("scale", count);
  if (d.has_bias) d.bias = reader.array("bias", count);
  fold_norm(d);
  check_folded(reader, d);
  return d;
}

RmsNormDesc parse_rms_norm(Reader& reader, Expect channels) {
  Section section(reader, "rms norm");
  RmsNormDesc d;
  d.name = section.name();
  const int count = expected_count(reader, "channels", channels);
  d.eps = epsilon(reader, 1);
  d.spatial = reader.integer("spatial flag") != 0;
  reader.reserved("channel group");
  d.gamma = reader.array("gamma", count);
  d.beta = reader.array("beta", count);
  return d;
}

TNormDesc parse_tnorm(Reader& reader, Expect channels) {
  Section section(reader, "transformer norm");
  TNormDesc d;
  d.name = section.name();
  const int count = expected_count(reader, "channels", channels);
  d.eps = epsilon(reader, 1);
  d.weight = reader.array("weights", count);
  return d;
}

ActDesc parse_act(Reader& reader) {
  Section section(reader, "activation");
  ActDesc d;
  d.name = section.name();
  if (reader.version < kFirstVersionWithActivations) return d;
  const std::string_view token = reader.token("kind of activation");
  const std::optional<Act> act = act_of_token(token);
  if (!act) {
    reader.fail(
        fmt::format("unknown activation '{}', known are {}", printable(token), known_act_tokens()));
  }
  d.act = *act;
  return d;
}

}  // namespace hayago::nn
