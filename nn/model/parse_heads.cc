#include <fmt/format.h>

#include "nn/model/parse.h"
#include "nn/model/tokens.h"

namespace hayago::nn {
namespace {

void head_options(Reader& reader) {
  if (reader.version < kFirstVersionWithHeadOptions) return;
  for (const char* slot : {"head option A", "head option B", "head option C"}) {
    reader.reserved(slot);
  }
}

// From the pooled features to one logit per policy channel, directly or (15+) over a hidden layer.
void parse_pass_path(Reader& reader, PolicyHeadDesc& d) {
  const Expect pooled{3 * d.g1_conv.c_out, "three times the pooled channels"};
  const Expect logits{d.channels, "policy channels"};
  if (reader.version < kFirstVersionWithOptions) {
    d.g_to_pass = parse_matmul(reader, pooled, logits);
    return;
  }
  const Expect hidden{d.p1_conv.c_out, "output of the first convolution of the head"};
  d.g_to_pass = parse_matmul(reader, pooled, hidden);
  d.pass_bias = parse_bias(reader, hidden);
  d.pass_act = parse_act(reader);
  d.g_to_pass2 = parse_matmul(reader, hidden, logits);
}

}  // namespace

MetaEncoderDesc parse_meta_encoder(Reader& reader, int trunk_channels) {
  Section section(reader, "metadata encoder");
  MetaEncoderDesc d;
  d.name = section.name();
  d.c_in = reader.integer("inputs");
  reader.require_equal("inputs", d.c_in, kMetaValues, "inputs of encoder version 1");
  d.mul1 = parse_matmul(reader, {d.c_in, "inputs of the encoder"}, {});
  const Expect hidden1{d.mul1.c_out, "output of the first matrix"};
  d.bias1 = parse_bias(reader, hidden1);
  d.act1 = parse_act(reader);
  d.mul2 = parse_matmul(reader, hidden1, {});
  const Expect hidden2{d.mul2.c_out, "output of the second matrix"};
  d.bias2 = parse_bias(reader, hidden2);
  d.act2 = parse_act(reader);
  d.mul3 = parse_matmul(reader, hidden2, {trunk_channels, "trunk channels"});
  return d;
}

PolicyHeadDesc parse_policy_head(Reader& reader, int trunk_channels) {
  Section section(reader, "policy head");
  PolicyHeadDesc d;
  d.name = section.name();
  int in_file = 0;
  if (reader.version >= kFirstVersionWithHeadOptions) {
    in_file = reader.integer("policy channels");
    if (in_file != 2 && in_file != 4) {
      reader.fail(fmt::format("policy channels are {}, must be 2 or 4", in_file));
    }
  }
  head_options(reader);
  d.channels = policy_channels(reader.version, in_file);
  const Expect trunk{trunk_channels, "trunk channels"};
  d.p1_conv = parse_conv(reader, trunk, {});
  d.g1_conv = parse_conv(reader, trunk, {});
  const Expect p1{d.p1_conv.c_out, "output of the first convolution of the head"};
  d.g1_norm = parse_norm(reader, {d.g1_conv.c_out, "output of the pooled convolution"});
  d.g1_act = parse_act(reader);
  d.g_to_bias = parse_matmul(reader, {3 * d.g1_conv.c_out, "three times the pooled channels"}, p1);
  d.p1_norm = parse_norm(reader, p1);
  d.p1_act = parse_act(reader);
  d.p2_conv = parse_conv(reader, p1, {d.channels, "policy channels"});
  parse_pass_path(reader, d);
  return d;
}

ValueHeadDesc parse_value_head(Reader& reader, int trunk_channels) {
  Section section(reader, "value head");
  ValueHeadDesc d;
  d.name = section.name();
  head_options(reader);
  d.v1_conv = parse_conv(reader, {trunk_channels, "trunk channels"}, {});
  const Expect v1{d.v1_conv.c_out, "output of the first convolution of the head"};
  d.v1_norm = parse_norm(reader, v1);
  d.v1_act = parse_act(reader);
  d.v2_mul = parse_matmul(reader, {3 * v1.count, "three times the pooled channels"}, {});
  const Expect v2{d.v2_mul.c_out, "output of the first matrix of the head"};
  const Expect values{3, "win, loss and no result"};
  const Expect scores{score_channels(reader.version), "score outputs of this model version"};
  d.v2_bias = parse_bias(reader, v2);
  d.v2_act = parse_act(reader);
  d.v3_mul = parse_matmul(reader, v2, values);
  d.v3_bias = parse_bias(reader, values);
  d.sv3_mul = parse_matmul(reader, v2, scores);
  d.sv3_bias = parse_bias(reader, scores);
  d.own_conv = parse_conv(reader, v1, {1, "one ownership output"});
  return d;
}

}  // namespace hayago::nn
