// Parsers of the records of spec/01 section 4, one function each, driven by the grammar's order.
// Widths that must agree are handed down and compared before any array is read, so that a wrong
// count is reported where it stands and not as garbage in the record after it.
//
// Block parsers live here and not with the emitters in nn/blocks: the file format is one closed
// grammar (nesting, shared layer records, one set of limits) that is tested and fuzzed as a whole,
// and nn/blocks then needs no knowledge of files.
#pragma once
#include <string_view>

#include "nn/model/desc.h"
#include "nn/model/reader.h"

namespace hayago::nn {

// Limits of spec/01 section 9.3.
inline constexpr int kMaxKernel = 31;
inline constexpr int kMaxChannels = 65536;
inline constexpr int kMaxBlocks = 4096;
inline constexpr int kMaxNesting = 16;
inline constexpr int kMaxHeadDim = 4096;

// A channel count that is known from elsewhere; count 0 = this record sets it.
struct Expect {
  int count = 0;
  std::string_view because = {};
};

// parse_layers.cc
ConvDesc parse_conv(Reader& reader, Expect in, Expect out);
MatMulDesc parse_matmul(Reader& reader, Expect in, Expect out);
BiasDesc parse_bias(Reader& reader, Expect channels);
NormDesc parse_norm(Reader& reader, Expect channels);
RmsNormDesc parse_rms_norm(Reader& reader, Expect channels);
TNormDesc parse_tnorm(Reader& reader, Expect channels);
ActDesc parse_act(Reader& reader);

// parse_blocks.cc: a block with its kind token, and what it consists of. `depth` counts the nested
// blocks around it.
Block parse_block(Reader& reader, int channels, int depth);

// parse_heads.cc
MetaEncoderDesc parse_meta_encoder(Reader& reader, int trunk_channels);
PolicyHeadDesc parse_policy_head(Reader& reader, int trunk_channels);
ValueHeadDesc parse_value_head(Reader& reader, int trunk_channels);

// parse_model.cc: the whole stream.
ModelDesc parse_model(Reader& reader);

}  // namespace hayago::nn
