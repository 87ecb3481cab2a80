// Files that a command writes when its work is done.
#pragma once
#include <string>

namespace hayago::gtp {

// Throws ConfigError if nothing could be written there: to be called before the work.
void require_writable(const std::string& path);

// The whole file or none of it, also when the disk is full or Ctrl-C comes in between; what was
// there before stays until then. Devices and pipes are written to directly. Throws ConfigError.
void write_output_file(const std::string& path, const std::string& content);

}  // namespace hayago::gtp
