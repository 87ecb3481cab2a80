// Arrays in numpy's format (numpy.lib.format, versions 1 to 3).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gtp/npz/zip.h"

namespace hayago::gtp {

struct NpyArray {
  std::string type;  // "<f4", "|u1", "<i2", ...
  std::vector<std::int64_t> shape;
  std::string_view data;  // row-major; in the bytes that were parsed

  std::int64_t count() const;  // of elements
};

// Throws ArchiveError for a header that is none, types of other than numbers, and a shape that does
// not fit the bytes.
NpyArray parse_npy(std::string_view bytes, const std::string& name);

// All elements as T (float, std::int16_t, std::int8_t or std::uint8_t). Throws ArchiveError if the
// array has another type or if its shape is not `shape`, in which -1 stands for any length.
template <class T>
std::vector<T> npy_values(const NpyArray& array, const std::vector<std::int64_t>& shape,
                          const std::string& name);

}  // namespace hayago::gtp
