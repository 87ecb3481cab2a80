// The grammar of spec/01 section 4 once more, writing.
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>

#include "nn/model/tokens.h"
#include "nn/model/write.h"

namespace hayago::nn {
namespace {

class Writer {
 public:
  Writer(bool text, int model_version, ArraySink* sink = nullptr)
      : version(model_version), text_(text), sink_(sink) {}

  // Records begin with their name.
  template <class... Tokens>
  void tokens(const std::string& name, const Tokens&... values) {
    record_ = name;
    fmt::format_to(std::back_inserter(out_), "{}\n", name);
    tokens_only(values...);
  }
  template <class Token, class... Tokens>
  void tokens(const Token& first, const Tokens&... values) {
    tokens_only(first, values...);
  }
  void zeros(int count) {
    for (int i = 0; i < count; ++i) tokens(0);
  }
  void array(std::string_view what, const std::vector<float>& values) {
    if (sink_ != nullptr) {
      out_ += sink_->put(record_, what, values);
    } else if (text_) {
      text_array(values);
    } else {
      binary_array(values);
    }
    out_ += '\n';
  }
  std::string take() { return std::move(out_); }

  const int version;

 private:
  template <class... Tokens>
  void tokens_only(const Tokens&... values) {
    (fmt::format_to(std::back_inserter(out_), "{}\n", values), ...);
  }
  void text_array(const std::vector<float>& values) {
    char buffer[32];
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_ += ' ';
      // The shortest decimal that reads back as the same binary32.
      const auto end = std::to_chars(buffer, buffer + sizeof buffer, values[i]).ptr;
      out_.append(buffer, end);
    }
  }
  void binary_array(const std::vector<float>& values) {
    out_ += "@BIN@";
    if constexpr (std::endian::native == std::endian::little) {
      out_.append(reinterpret_cast<const char*>(values.data()), values.size() * 4);
    } else {
      for (const float v : values) {
        const auto bits = std::bit_cast<std::uint32_t>(v);
        for (int shift = 0; shift < 32; shift += 8) out_ += static_cast<char>(bits >> shift & 255);
      }
    }
  }

  bool text_;
  ArraySink* sink_;
  std::string record_;  // being written
  std::string out_;
};

void write(Writer& w, const ConvDesc& d) {
  w.tokens(d.name, d.ky, d.kx, d.c_in, d.c_out, d.dil_y, d.dil_x);
  w.array("weights", d.weights);
}

void write(Writer& w, const MatMulDesc& d) {
  w.tokens(d.name, d.c_in, d.c_out);
  w.array("weights", d.weights);
}

void write(Writer& w, const BiasDesc& d) {
  w.tokens(d.name, d.values.size());
  w.array("values", d.values);
}

void write(Writer& w, const NormDesc& d) {
  w.tokens(d.name, d.channels(), d.eps, d.has_scale ? 1 : 0, d.has_bias ? 1 : 0);
  w.array("mean", d.mean);
  w.array("variance", d.variance);
  if (d.has_scale) w.array("scale", d.scale);
  if (d.has_bias) w.array("bias", d.bias);
}

void write(Writer& w, const RmsNormDesc& d) {
  w.tokens(d.name, d.gamma.size(), d.eps, d.spatial ? 1 : 0, 0);
  w.array("gamma", d.gamma);
  w.array("beta", d.beta);
}

void write(Writer& w, const TNormDesc& d) {
  w.tokens(d.name, d.weight.size(), d.eps);
  w.array("weights", d.weight);
}

void write(Writer& w, const ActDesc& d) {
  w.tokens(d.name);
  if (w.version >= kFirstVersionWithActivations) w.tokens(act_token(d.act));
}

template <class... Records>
void write_all(Writer& w, const Records&... records) {
  (write(w, records), ...);
}

void write(Writer& w, const OrdinaryBlock& b) {
  w.tokens(kOrdinaryKind, b.name);
  write_all(w, b.pre_norm, b.pre_act, b.conv1, b.mid_norm, b.mid_act, b.conv2);
}

void write(Writer& w, const GPoolBlock& b) {
  w.tokens(kGPoolKind, b.name);
  write_all(w, b.pre_norm, b.pre_act, b.conv1, b.g_conv, b.g_norm, b.g_act, b.g_to_bias, b.mid_norm,
            b.mid_act, b.conv2);
}

void write(Writer& w, const AttentionBlock& b) {
  w.tokens(kAttentionKind, b.name, b.heads, b.kv_heads, b.q_dim, b.v_dim, b.use_rope ? 1 : 0,
           b.learnable_rope ? 1 : 0);
  write_all(w, b.pre_norm, b.q_proj, b.k_proj, b.v_proj, b.out_proj);
  if (!b.use_rope) return;
  w.tokens(b.name + ".rope");
  if (b.learnable_rope) {
    w.tokens(b.kv_heads, b.q_dim / 2, 2);
    w.array("frequencies", b.rope_freqs);
  } else {
    w.tokens(b.rope_theta);
  }
}

void write(Writer& w, const FfnBlock& b) {
  w.tokens(kFfnKind, b.name, b.channels, b.hidden, b.gated ? 1 : 0);
  write_all(w, b.pre_norm, b.linear1);
  if (b.gated) write(w, b.gate);
  write(w, b.linear2);
}

void write(Writer& w, const Block& block);

void write(Writer& w, const std::unique_ptr<NestedBlock>& b) {
  w.tokens(kNestedKind, b->name, b->inner.size());
  write_all(w, b->pre_norm, b->pre_act, b->pre_conv);
  for (const Block& inner : b->inner) write(w, inner);
  write_all(w, b->post_norm, b->post_act, b->post_conv);
}

void write(Writer& w, const Block& block) {
  std::visit([&](const auto& b) { write(w, b); }, block);
}

void write(Writer& w, const MetaEncoderDesc& d) {
  w.tokens(d.name, d.c_in);
  write_all(w, d.mul1, d.bias1, d.act1, d.mul2, d.bias2, d.act2, d.mul3);
}

void write_header(Writer& w, const ModelDesc& m) {
  w.tokens(m.name, m.version, m.c_spatial, m.c_global);
  if (m.version >= kFirstVersionWithMultipliers) {
    const Multipliers& f = m.multipliers;
    w.tokens(f.td_score, f.score_mean, f.score_stdev, f.lead, f.variance_time,
             f.shortterm_value_error, f.shortterm_score_error);
  }
  if (m.version >= kFirstVersionWithOptions) {
    w.tokens(m.meta_version, m.prefer_pass_alive ? 1 : 0);
    w.zeros(6);
  }
}

void write(Writer& w, const TrunkDesc& t) {
  w.tokens(t.name, t.blocks.size(), t.channels, t.c_mid, t.c_regular, t.c_dilated, t.c_gpool);
  if (w.version >= kFirstVersionWithOptions) {
    w.tokens(t.norm_kind);
    w.zeros(5);
  }
  write_all(w, t.initial_conv, t.initial_matmul);
  if (t.meta_encoder) write(w, *t.meta_encoder);
  for (const Block& block : t.blocks) write(w, block);
  if (t.tip_norm) write(w, *t.tip_norm);
  if (t.tip_rms) write(w, *t.tip_rms);
  write(w, t.tip_act);
}

void write(Writer& w, const PolicyHeadDesc& d) {
  w.tokens(d.name);
  if (w.version >= kFirstVersionWithHeadOptions) {
    w.tokens(d.channels);
    w.zeros(3);
  }
  write_all(w, d.p1_conv, d.g1_conv, d.g1_norm, d.g1_act, d.g_to_bias, d.p1_norm, d.p1_act,
            d.p2_conv, d.g_to_pass);
  if (w.version >= kFirstVersionWithOptions) {
    write_all(w, d.pass_bias.value(), d.pass_act.value(), d.g_to_pass2.value());
  }
}

void write(Writer& w, const ValueHeadDesc& d) {
  w.tokens(d.name);
  if (w.version >= kFirstVersionWithHeadOptions) w.zeros(3);
  write_all(w, d.v1_conv, d.v1_norm, d.v1_act, d.v2_mul, d.v2_bias, d.v2_act, d.v3_mul, d.v3_bias,
            d.sv3_mul, d.sv3_bias, d.own_conv);
}

}  // namespace

namespace {

std::string serialize(Writer writer, const ModelDesc& model) {
  write_header(writer, model);
  write_all(writer, model.trunk, model.policy, model.value);
  return writer.take();
}

}  // namespace

std::string serialize_model(const ModelDesc& model, bool text) {
  return serialize(Writer(text, model.version), model);
}

std::string serialize_skeleton(const ModelDesc& model, ArraySink& arrays) {
  return serialize(Writer(true, model.version, &arrays), model);
}

}  // namespace hayago::nn
