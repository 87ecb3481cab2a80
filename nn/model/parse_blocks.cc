#include <fmt/format.h>

#include <utility>

#include "nn/model/parse.h"
#include "nn/model/tokens.h"

namespace hayago::nn {
namespace {

constexpr std::string_view kWidth = "width around the block";

OrdinaryBlock parse_ordinary(Reader& reader, int channels) {
  Section section(reader, kOrdinaryKind);
  OrdinaryBlock b;
  b.name = section.name();
  b.pre_norm = parse_norm(reader, {channels, kWidth});
  b.pre_act = parse_act(reader);
  b.conv1 = parse_conv(reader, {channels, kWidth}, {});
  const Expect inner{b.conv1.c_out, "output of the first convolution"};
  b.mid_norm = parse_norm(reader, inner);
  b.mid_act = parse_act(reader);
  b.conv2 = parse_conv(reader, inner, {channels, kWidth});
  return b;
}

GPoolBlock parse_gpool(Reader& reader, int channels) {
  Section section(reader, kGPoolKind);
  GPoolBlock b;
  b.name = section.name();
  b.pre_norm = parse_norm(reader, {channels, kWidth});
  b.pre_act = parse_act(reader);
  b.conv1 = parse_conv(reader, {channels, kWidth}, {});
  b.g_conv = parse_conv(reader, {channels, kWidth}, {});
  const Expect regular{b.conv1.c_out, "output of the regular convolution"};
  b.g_norm = parse_norm(reader, {b.g_conv.c_out, "output of the pooled convolution"});
  b.g_act = parse_act(reader);
  b.g_to_bias =
      parse_matmul(reader, {3 * b.g_conv.c_out, "three times the pooled channels"}, regular);
  b.mid_norm = parse_norm(reader, regular);
  b.mid_act = parse_act(reader);
  b.conv2 = parse_conv(reader, regular, {channels, kWidth});
  return b;
}

std::unique_ptr<NestedBlock> parse_nested(Reader& reader, int channels, int depth) {
  Section section(reader, kNestedKind);
  auto b = std::make_unique<NestedBlock>();
  b->name = section.name();
  if (depth >= kMaxNesting) {
    reader.fail(fmt::format("blocks are nested more than {} deep", kMaxNesting));
  }
  const int count = reader.positive("number of inner blocks", kMaxBlocks);
  b->pre_norm = parse_norm(reader, {channels, kWidth});
  b->pre_act = parse_act(reader);
  b->pre_conv = parse_conv(reader, {channels, kWidth}, {});
  const int width = b->pre_conv.c_out;
  for (int i = 0; i < count; ++i) b->inner.push_back(parse_block(reader, width, depth + 1));
  const Expect inner{width, "output of the first convolution"};
  b->post_norm = parse_norm(reader, inner);
  b->post_act = parse_act(reader);
  b->post_conv = parse_conv(reader, inner, {channels, kWidth});
  return b;
}

void parse_rope(Reader& reader, AttentionBlock& b) {
  Section section(reader, "rope");
  section.name();
  if (!b.learnable_rope) {
    b.rope_theta = reader.real32("theta");
    if (!(b.rope_theta > 0)) {
      reader.fail(fmt::format("theta is {}, must be greater than 0", b.rope_theta));
    }
    return;
  }
  const int pairs = b.q_dim / 2;
  reader.require_equal("heads of the table", reader.integer("heads of the table"), b.kv_heads,
                       "key-value heads of the block");
  reader.require_equal("pairs of the table", reader.integer("pairs of the table"), pairs,
                       "half the query dimension");
  reader.require_equal("axes of the table", reader.integer("axes of the table"), 2,
                       "one frequency per column, one per row");
  b.rope_freqs = reader.array("frequencies", std::int64_t{b.kv_heads} * pairs * 2);
}

AttentionBlock parse_attention(Reader& reader, int channels) {
  Section section(reader, kAttentionKind);
  AttentionBlock b;
  b.name = section.name();
  b.heads = reader.positive("number of heads", kMaxChannels);
  b.kv_heads = reader.positive("number of key-value heads", kMaxChannels);
  b.q_dim = reader.positive("query dimension", kMaxHeadDim);
  b.v_dim = reader.positive("value dimension", kMaxHeadDim);
  b.use_rope = reader.integer("rope flag") != 0;
  b.learnable_rope = reader.integer("learned rope flag") != 0;
  if (b.heads % b.kv_heads != 0) {
    reader.fail(
        fmt::format("{} heads are not a multiple of {} key-value heads", b.heads, b.kv_heads));
  }
  if (b.use_rope && b.q_dim % 2 != 0) {
    reader.fail(fmt::format("query dimension is {}, must be even with rope", b.q_dim));
  }
  const Expect in{channels, kWidth};
  b.pre_norm = parse_tnorm(reader, in);
  b.q_proj = parse_matmul(reader, in, {b.heads * b.q_dim, "heads times query dimension"});
  b.k_proj =
      parse_matmul(reader, in, {b.kv_heads * b.q_dim, "key-value heads times query dimension"});
  b.v_proj =
      parse_matmul(reader, in, {b.kv_heads * b.v_dim, "key-value heads times value dimension"});
  b.out_proj = parse_matmul(reader, {b.heads * b.v_dim, "heads times value dimension"}, in);
  if (b.use_rope) parse_rope(reader, b);
  return b;
}

FfnBlock parse_ffn(Reader& reader, int channels) {
  Section section(reader, kFfnKind);
  FfnBlock b;
  b.name = section.name();
  b.channels = reader.positive("channels", kMaxChannels);
  reader.require_equal("channels", b.channels, channels, kWidth);
  b.hidden = reader.positive("hidden channels", kMaxChannels);
  b.gated = reader.integer("gate flag") != 0;
  const Expect outer{channels, kWidth};
  const Expect hidden{b.hidden, "hidden channels of the block"};
  b.pre_norm = parse_tnorm(reader, outer);
  b.linear1 = parse_matmul(reader, outer, hidden);
  if (b.gated) b.gate = parse_matmul(reader, outer, hidden);
  b.linear2 = parse_matmul(reader, hidden, outer);
  return b;
}

}  // namespace

Block parse_block(Reader& reader, int channels, int depth) {
  const std::string_view kind = reader.token("kind of block");
  if (kind == kOrdinaryKind) return parse_ordinary(reader, channels);
  if (kind == kGPoolKind) return parse_gpool(reader, channels);
  if (kind == kNestedKind) return parse_nested(reader, channels, depth);
  if (kind == kAttentionKind) return parse_attention(reader, channels);
  if (kind == kFfnKind) return parse_ffn(reader, channels);
  reader.fail(fmt::format("unknown kind of block '{}', known are {}, {}, {}, {} and {}",
                          printable(kind), kOrdinaryKind, kGPoolKind, kNestedKind, kAttentionKind,
                          kFfnKind));
}

}  // namespace hayago::nn
