// Damaging a valid network file on purpose: its text form as lines, addressed by record name.
#pragma once
#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "nn/model/load.h"
#include "nn/model/write.h"

namespace hayago::test {

// Every token of a header stands on its own line, and every array on one.
class EditableModel {
 public:
  explicit EditableModel(const nn::SynthOptions& options) {
    const std::string text = nn::serialize_model(nn::synth_model(options), true);
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t end = text.find('\n', at);
      lines_.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }

  // The line `offset` lines after the one that equals `record`; an empty record is the file's
  // start.
  std::string& at(const std::string& record, std::size_t offset) {
    if (record.empty()) return lines_.at(offset);
    const auto it = std::find(lines_.begin(), lines_.end(), record);
    if (it == lines_.end()) throw std::logic_error("no record named " + record);
    return lines_.at(static_cast<std::size_t>(it - lines_.begin()) + offset);
  }

  void replace_value(const std::string& record, std::size_t offset, std::size_t index,
                     const std::string& value) {
    std::string& line = at(record, offset);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < index; ++i) begin = line.find(' ', begin) + 1;
    line.replace(begin, line.find(' ', begin) - begin, value);
  }

  std::string text() const {
    std::string all;
    for (const std::string& line : lines_) all += line + "\n";
    return all;
  }

 private:
  std::vector<std::string> lines_;
};

// The message of the refusal, or "" if the bytes load.
inline std::string refusal(std::string_view bytes, const std::string& file_name) {
  try {
    nn::load_model_from_memory(bytes, file_name);
    return "";
  } catch (const nn::ModelError& error) {
    const std::string message = error.what();
    return message.empty() ? "(empty message)" : message;
  }
}

}  // namespace hayago::test
