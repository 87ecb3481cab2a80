// Networks in safetensors files: the network's text without its arrays is metadata, every array a
// tensor named after its layer. Layers in int8 have their weights as I8 with scales and offsets
// beside them; layers in float may have theirs as I8 with scales alone; other arrays are F32, or
// F16 if asked for.
//
//   metadata   format   "hayago-network 1"
//              network  the text of spec/01 with the names of tensors in the place of arrays, or
//                       "all:NUMBER" for an array of that number alone
//              int8     JSON: {layer: {"scale": s, "zero": z, "fine": channels}} of the inputs of
//                       layers that compute in int8, absent without any; fine: those with two
//                       bytes (nn/model/channel_bits.h), absent without any
//              crc32    JSON: {tensor: CRC-32 of its bytes}, and those of the texts "network" and
//                       "int8"; optional in files of others
//              and whatever the writer adds (source, calibration data, accuracy)
//   tensors    LAYER.weights, LAYER.mean, ...; for I8 weights also LAYER.weights.scales
//              (c_out, or c_in, c_out of layers in float), for a layer in int8
//              LAYER.weights.offsets (c_out, I32 or F16, optional), LAYER.input.scales (c_in,
//              optional) and, of Winograd forms F(m x m, 3 x 3), LAYER.winogradM.factors and .zeros
//              ((m + 2)^2, I32, optional; WinogradScales)
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "nn/model/desc.h"

namespace hayago::nn {

// Throws ModelError naming the tensor.
ModelDesc parse_tensor_model(std::string_view bytes, const std::string& file);

// kF16: weights of products as F16. kF16All: all arrays of numbers that F16 holds to its precision,
// and arrays of one number in the text.
enum class FloatStorage { kF32, kF16, kF16All };

// Whether the key of metadata is part of the network, and not what a writer added.
bool is_own_metadata(std::string_view key);

// Whether halves keep 11 bits of the largest values: neither beyond half's range nor all subnormal.
// Weights that do not fit stay in F32.
bool fits_half(std::span<const float> values);

// Integers to be stored for the weights of layers that compute in float, by name; what they stand
// for takes the place of the float weights when the file is read. Scales are (c_out) or (c_in,
// c_out); offsets are not stored.
using Int8Weights = std::map<std::string, std::shared_ptr<const QuantizedWeights>>;

// model.int8_layers and `weights` are stored in int8, by name. Throws ModelError for a layer
// without integer weights or that does not exist.
std::string serialize_tensor_model(const ModelDesc& model, FloatStorage storage,
                                   const std::map<std::string, std::string>& metadata,
                                   const Int8Weights& weights = {});

// Written as a whole or not at all, in one gzip member if the path ends in .gz. Throws ModelError.
void save_tensor_model(const ModelDesc& model, FloatStorage storage,
                       const std::map<std::string, std::string>& metadata, const std::string& path,
                       const Int8Weights& weights = {});

}  // namespace hayago::nn
