// Reads archives in the ZIP format (PKWARE APPNOTE.TXT): the plain subset that numpy writes.
#pragma once
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hayago::gtp {

// what() names the file, the entry and what was expected.
class ArchiveError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// All entries by name, inflated and checked. Stored and deflated ones; no encryption, no archives
// of several parts, nothing of 4 GiB or more. `name` appears in messages. Throws ArchiveError for
// anything else, and for offsets, lengths and checksums that do not fit.
std::map<std::string, std::string> read_zip(std::string_view bytes, const std::string& name);

}  // namespace hayago::gtp
