// One damaged file per row of spec/01 section 9.1 and 9.3. Each refusal must name the file, the
// record and the fact, with both numbers of a mismatch.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/nn/model_edit.h"

namespace hayago::test {
namespace {

struct Damage {
  std::string what;
  std::string record;  // empty: lines counted from the start of the file
  std::size_t line;
  std::string replacement;
  std::vector<std::string> message;  // all must occur
};

void check_all(const nn::SynthOptions& options, const std::vector<Damage>& damages) {
  const EditableModel valid(options);
  REQUIRE(refusal(valid.text(), "net.txt") == "");
  for (const Damage& damage : damages) {
    EditableModel model = valid;
    model.at(damage.record, damage.line) = damage.replacement;
    const std::string message = refusal(model.text(), "net.txt");
    INFO(damage.what << ": " << message);
    CHECK_THAT(message, Catch::StartsWith("net.txt: "));
    for (const std::string& part : damage.message) CHECK_THAT(message, Catch::Contains(part));
  }
}

nn::SynthOptions arch(const std::string& name, int version) {
  nn::SynthOptions options;
  options.arch = name;
  options.version = version;
  return options;
}

TEST_CASE("model: damaged headers are refused", "[model]") {
  const std::string long_name(97, 'a');
  check_all(arch("b2c16", 17),
            {
                {"name too long", "", 0, long_name, {"model name", "longer than 96"}},
                {"name with a slash", "", 0, "a/b", {"model name 'a/b'", "characters"}},
                {"name of raw bytes", "", 0, "a\x01\xff", {"a\\x01\\xff"}},
                {"version not a number", "", 1, "x17", {"header", "model version", "'x17'"}},
                {"version negative", "", 1, "-1", {"-1", "invalid"}},
                {"version too old", "", 1, "2", {"2", "too old", "3 to 17"}},
                {"version too new", "", 1, "18", {"18", "newer engine"}},
                {"version overflows", "", 1, "99999999999", {"32 bits"}},
                {"planes not positive", "", 2, "0", {"spatial input planes", "0"}},
                {"planes of another version", "", 2, "13", {"13", "22", "version 17"}},
                {"globals of another version", "", 3, "14", {"14", "19", "version 17"}},
                {"multiplier zero", "", 4, "0.0", {"td score multiplier", "0", "greater than 0"}},
                {"multiplier infinite", "", 5, "inf", {"score mean multiplier", "inf"}},
                {"multiplier no number", "", 10, "abc", {"short-term score error", "'abc'"}},
                {"meta version negative", "", 11, "-1", {"metadata encoder version", "invalid"}},
                {"meta version new", "", 11, "2", {"metadata encoder version 2", "newer engine"}},
                {"flag neither 0 nor 1", "", 12, "2", {"prefer-pass-alive", "'2'"}},
                {"reserved slot", "", 13, "1", {"header option C", "1"}},
                {"last reserved slot", "", 18, "7", {"header option H", "7"}},
                {"no blocks", "trunk", 1, "0", {"trunk", "number of blocks", "0"}},
                {"too many blocks", "trunk", 1, "4097", {"4097", "4096"}},
                {"trunk channels", "trunk", 2, "-3", {"trunk channels", "-3"}},
                {"trunk channels too many", "trunk", 2, "65537", {"65537", "65536"}},
                {"middle channels", "trunk", 3, "0", {"middle channels"}},
                {"regular channels", "trunk", 4, "0", {"regular channels"}},
                {"dilated channels", "trunk", 5, "1.5", {"dilated channels", "'1.5'"}},
                {"pooled channels", "trunk", 6, "0", {"pooled channels"}},
                {"norm kind", "trunk", 7, "2", {"kind of norm is 2"}},
                {"trunk option", "trunk", 8, "1", {"trunk option B"}},
                {"more blocks than present", "trunk", 1, "3", {"block 3 of 3", "'trunk_tip.norm'"}},
                {"policy channels", "policyhead", 1, "3", {"policy channels", "3", "2 or 4"}},
                {"policy option", "policyhead", 2, "5", {"head option A", "5"}},
                {"value option", "valuehead", 3, "5", {"head option C", "5"}},
            });
}

TEST_CASE("model: damaged layers are refused", "[model]") {
  const std::string conv = "blocks.0.conv1", norm = "blocks.0.norm2", act = "blocks.0.act2";
  check_all(
      arch("b2c16", 15),
      {
          {"unknown block", "trunk", 25, "dilated_block", {"unknown kind", "'dilated_block'"}},
          {"even kernel", conv, 1, "2", {"'blocks.0.conv1'", "kernel height is 2", "odd"}},
          {"no kernel", conv, 2, "0", {"kernel width is 0"}},
          {"huge kernel", conv, 2, "33", {"33", "31"}},
          {"conv input", conv, 3, "17", {"'blocks.0.conv1'", "17", "16", "input channels"}},
          {"conv output zero", conv, 4, "0", {"output channels"}},
          {"conv output huge", conv, 4, "65536", {"weights", "bytes"}},
          {"dilation", conv, 5, "0", {"vertical dilation"}},
          {"norm channels", norm, 1, "15", {"'blocks.0.norm2'", "15", "16"}},
          {"norm without channels", norm, 1, "0", {"channels is 0"}},
          {"epsilon zero", norm, 2, "0", {"epsilon is 0"}},
          {"epsilon nan", norm, 2, "nan", {"epsilon", "'nan'"}},
          {"epsilon missing", norm, 2, "e", {"epsilon", "'e'"}},
          {"flag 2", norm, 3, "2", {"scale flag", "'2'"}},
          {"flag true", norm, 4, "true", {"bias flag", "'true'"}},
          {"unknown activation", act, 1, "ACTIVATION_GELU", {"'ACTIVATION_GELU'", "MISH"}},
          {"second conv", "blocks.0.conv2", 3, "8", {"'blocks.0.conv2'", "8", "16"}},
          {"pooled norm", "blocks.1.normg", 1, "4", {"'blocks.1.normg'", "4", "8"}},
          {"pooled matrix", "blocks.1.gtobias", 1, "8", {"'blocks.1.gtobias'", "8", "24"}},
          {"matrix output", "blocks.1.gtobias", 2, "9", {"'blocks.1.gtobias'", "9", "8"}},
          {"matrix without inputs", "linear_global", 1, "0", {"input channels is 0"}},
          {"first conv input", "conv_spatial", 3, "21", {"21", "22", "spatial"}},
          {"first conv output", "conv_spatial", 4, "15", {"15", "16", "trunk"}},
          {"first matrix output", "linear_global", 2, "32", {"32", "16", "trunk"}},
          {"tip", "trunk_tip.norm", 1, "17", {"'trunk_tip.norm'", "17", "16"}},
          {"policy conv", "policy.p1", 3, "15", {"'policy.p1'", "15", "16"}},
          {"policy outputs", "policy.p2", 4, "4", {"'policy.p2'", "4", "2", "policy channels"}},
          {"pass hidden", "policy.pass1", 2, "9", {"'policy.pass1'", "9", "8"}},
          {"pass bias", "policy.passbias", 1, "9", {"'policy.passbias'", "9", "8"}},
          {"pass outputs", "policy.pass2", 2, "1", {"'policy.pass2'", "1", "2"}},
          {"bias channels", "value.v2bias", 1, "0", {"'value.v2bias'", "channels is 0"}},
          {"values", "value.v3", 2, "4", {"'value.v3'", "4", "3", "no result"}},
          {"scores", "value.sv3", 2, "4", {"'value.sv3'", "4", "6", "score outputs"}},
          {"ownership", "value.ownership", 4, "2", {"'value.ownership'", "2", "1"}},
          {"value pooling", "value.v2", 1, "8", {"'value.v2'", "8", "24"}},
      });
}

TEST_CASE("model: damaged nested blocks, transformers and encoders are refused", "[model]") {
  nn::SynthOptions options = arch("b2c64nbttf", 17);
  options.meta = true;
  const std::string attn = "blocks.1.0", ffn = "blocks.1.1";
  check_all(
      options,
      {
          {"no inner blocks", "blocks.0", 1, "0", {"'blocks.0'", "number of inner blocks"}},
          {"too many inner blocks", "blocks.0", 1, "5000", {"5000", "4096"}},
          {"pre conv", "blocks.0.convp", 3, "32", {"'blocks.0.convp'", "32", "64"}},
          {"post norm", "blocks.0.normq", 1, "64", {"'blocks.0.normq'", "64", "32"}},
          {"post conv", "blocks.0.convq", 4, "32", {"'blocks.0.convq'", "32", "64"}},
          {"no heads", attn, 1, "0", {"'blocks.1.0'", "number of heads"}},
          {"heads no multiple", attn, 2, "3", {"4 heads", "3 key-value heads"}},
          {"odd query dimension", attn, 3, "15", {"query dimension is 15", "even"}},
          {"query dimension huge", attn, 3, "4098", {"4098", "4096"}},
          {"value dimension", attn, 4, "-1", {"value dimension"}},
          {"other query dimension", attn, 3, "18", {"'blocks.1.0.q'", "64", "72"}},
          {"attention norm", "blocks.1.0.norm", 1, "64", {"'blocks.1.0.norm'", "64", "32"}},
          {"attention epsilon", "blocks.1.0.norm", 2, "1.5", {"epsilon is 1.5", "at most 1"}},
          {"query input", "blocks.1.0.q", 1, "64", {"'blocks.1.0.q'", "64", "32"}},
          {"key input", "blocks.1.0.k", 1, "64", {"'blocks.1.0.k'", "64", "32"}},
          {"value output", "blocks.1.0.v", 2, "15", {"'blocks.1.0.v'", "15", "16"}},
          {"out input", "blocks.1.0.out", 1, "16", {"'blocks.1.0.out'", "16", "32"}},
          {"rope heads", "blocks.1.0.rope", 1, "4", {"heads of the table", "4", "2"}},
          {"rope pairs", "blocks.1.0.rope", 2, "16", {"pairs of the table", "16", "8"}},
          {"rope axes", "blocks.1.0.rope", 3, "3", {"axes of the table", "3", "2"}},
          {"ffn channels", ffn, 1, "64", {"'blocks.1.1'", "64", "32"}},
          {"ffn hidden", ffn, 2, "0", {"hidden channels"}},
          {"ffn linear1", "blocks.1.1.linear1", 2, "32", {"'blocks.1.1.linear1'", "32", "80"}},
          {"ffn gate", "blocks.1.1.gate", 2, "32", {"'blocks.1.1.gate'", "32", "80"}},
          {"ffn linear2", "blocks.1.1.linear2", 1, "32", {"'blocks.1.1.linear2'", "32", "80"}},
          {"ffn norm", "blocks.1.1.norm", 1, "64", {"'blocks.1.1.norm'", "64", "32"}},
          {"encoder inputs", "meta_encoder", 1, "191", {"metadata encoder", "191", "192"}},
          {"encoder bias", "meta.bias1", 1, "63", {"'meta.bias1'", "63", "64"}},
          {"encoder second matrix", "meta.mul2", 1, "63", {"'meta.mul2'", "63", "64"}},
          {"encoder output", "meta.mul3", 2, "63", {"'meta.mul3'", "63", "64", "trunk"}},
      });
  nn::SynthOptions fixed = arch("b2c32h4tf", 17);
  check_all(fixed, {
                       {"theta zero", "blocks.0.rope", 1, "0", {"theta is 0"}},
                       {"theta infinite", "blocks.0.rope", 1, "1e60", {"theta", "'1e60'"}},
                       {"channel group", "trunk_tip.rmsnorm", 4, "2", {"channel group", "2"}},
                       {"rms epsilon", "trunk_tip.rmsnorm", 2, "0", {"epsilon is 0"}},
                       {"rms channels", "trunk_tip.rmsnorm", 1, "31", {"31", "32"}},
                   });
}

TEST_CASE("model: damaged values are refused", "[model]") {
  const EditableModel valid(arch("b2c16", 15));
  const auto message_after = [&](const std::string& record, std::size_t line, std::size_t index,
                                 const std::string& value) {
    EditableModel model = valid;
    model.replace_value(record, line, index, value);
    return refusal(model.text(), "net.txt");
  };
  using Catch::Contains;
  CHECK_THAT(message_after("blocks.0.conv1", 7, 5, "nan"),
             Contains("'blocks.0.conv1'") && Contains("value 5 of 2304 is nan"));
  CHECK_THAT(message_after("blocks.0.conv1", 7, 0, "1e39"), Contains("value 0 of 2304 is inf"));
  CHECK_THAT(message_after("blocks.0.conv1", 7, 9, "x1"),
             Contains("should be a number, found 'x1'"));
  // norm2 lines: name, channels, eps, flags, mean, variance, scale, bias.
  CHECK_THAT(message_after("blocks.0.norm2", 6, 3, "-2"),
             Contains("'blocks.0.norm2'") && Contains("variance -2") && Contains("channel 3"));
  // A variance of 0 leaves only epsilon; with a large scale the folded product overflows.
  EditableModel folding = valid;
  folding.at("blocks.0.norm2", 2) = "1e-20";
  folding.replace_value("blocks.0.norm2", 6, 3, "0");
  folding.replace_value("blocks.0.norm2", 7, 3, "3e38");
  CHECK_THAT(refusal(folding.text(), "net.txt"), Contains("channel 3 folds to inf"));
  CHECK(message_after("blocks.0.conv1", 7, 5, "0.5abc") == "");  // tolerated, as in the reference
  CHECK(message_after("blocks.0.conv1", 7, 5, "+0.5") == "");
  CHECK(message_after("blocks.0.conv1", 7, 5, "1e-60") == "");  // underflows to 0
}

TEST_CASE("model: wrong containers and flavours are refused", "[model]") {
  const nn::ModelDesc model = nn::synth_model(arch("b2c16", 8));
  const std::string binary = nn::serialize_model(model, false);
  const std::string text = nn::serialize_model(model, true);
  using Catch::Contains;
  CHECK_THAT(refusal(binary, "net.onnx"), Contains("net.onnx") && Contains(".bin.gz"));
  CHECK_THAT(refusal(binary, "net"), Contains(".bin.gz"));
  CHECK_THAT(refusal(binary, "net.bin.gz"), Contains("not gzip-compressed"));
  CHECK_THAT(refusal("", "net.bin.gz"), Contains("ends early"));
  CHECK_THAT(refusal("", "net.bin"), Contains("model name") && Contains("file ends"));
  CHECK_THAT(refusal(text, "net.bin"), Contains("@BIN@") && Contains(".txt"));
  CHECK_THAT(refusal(binary, "net.txt"), Contains("should be a number") && Contains(".bin.gz"));

  std::string misspelt = binary;
  misspelt.replace(misspelt.find("@BIN@"), 5, "@BIM@");
  CHECK_THAT(refusal(misspelt, "net.bin"), Contains("@BIM@"));
  std::string garbage = binary;
  garbage.insert(garbage.find("@BIN@"), "x");
  CHECK_THAT(refusal(garbage, "net.bin"), Contains("@BIN@"));
  std::string infinite = binary;
  infinite.replace(infinite.find("@BIN@") + 5, 4, std::string("\x00\x00\x80\x7f", 4));
  CHECK_THAT(refusal(infinite, "net.bin"), Contains("value 0 of") && Contains("inf"));
}

TEST_CASE("model: nesting deeper than the limit is refused", "[model]") {
  nn::SynthOptions options = arch("b1c6nbt", 14);
  const auto nest = [&](int levels) {
    nn::ModelDesc model = nn::synth_model(options);
    for (int i = 1; i < levels; ++i) {
      auto outer = std::get<std::unique_ptr<nn::NestedBlock>>(
          std::move(nn::synth_model(options).trunk.blocks[0]));
      nn::Block& block = model.trunk.blocks[0];
      auto& inner = std::get<std::unique_ptr<nn::NestedBlock>>(block);
      // Make the inner nested block fit the width inside the outer one.
      const int width = outer->pre_conv.c_out;
      inner->pre_norm.mean.resize(width);
      inner->pre_norm.variance.resize(width);
      inner->pre_norm.scale.resize(width);
      inner->pre_norm.bias.resize(width);
      inner->pre_conv.c_in = width;
      inner->pre_conv.weights.resize(static_cast<std::size_t>(width * inner->pre_conv.c_out));
      inner->post_conv.c_out = width;
      inner->post_conv.weights.resize(static_cast<std::size_t>(width * inner->post_conv.c_in));
      outer->inner.clear();
      outer->inner.push_back(std::move(block));
      block = std::move(outer);
    }
    return refusal(nn::serialize_model(model, false), "net.bin");
  };
  CHECK(nest(1) == "");
  CHECK(nest(16) == "");
  CHECK_THAT(nest(17), Catch::Contains("nested more than 16 deep"));
}

}  // namespace
}  // namespace hayago::test
