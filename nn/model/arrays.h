// Where the arrays of a network go or come from when they are not part of its text.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hayago::nn {

class ArraySink {
 public:
  virtual ~ArraySink() = default;
  // `record` is the layer, `what` the array's role in it ("weights", "mean"). Returns the name that
  // the text refers to it by, without spaces.
  virtual std::string put(const std::string& record, std::string_view what,
                          const std::vector<float>& values) = 0;
};

class ArraySource {
 public:
  virtual ~ArraySource() = default;
  // Throws ModelError naming the array if it is absent or of another length.
  virtual std::vector<float> get(const std::string& name, std::int64_t count) = 0;
};

}  // namespace hayago::nn
