// What a network file holds, for `hayago inspect`.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace hayago::gtp {

// {file, file_bytes, sha256, name, version, kind, architecture, board, layers, totals, metadata}:
// `layers` in the order of the file with name, kind, shape, parameters, macs (of one position on
// a board of that size), precision ("fp32", "fp16", "int8", "int8-weights" for integers in the file
// that become floats, absent without weights), bytes (uncompressed; of text as if it were binary)
// and, in int8, input {scale, zero}; `totals` the sums and the same by precision; `metadata` what a
// safetensors file says of its origin, texts that are JSON parsed. Throws nn::ModelError.
nlohmann::ordered_json describe_network(const std::string& path, int board);

}  // namespace hayago::gtp
