// Bytes of a game record to UTF-8.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace hayago::gtp {

// Decodes by byte order mark, else by the CA property of the file, else as UTF-8 if it is valid,
// else as GB2312 if it is valid (the usual undeclared encoding), else as ISO-8859-1 (the default of
// the standard). Undecodable bytes become U+FFFD. Decoding comes before parsing because trail bytes
// of GBK, Big5 and Shift-JIS can look like ']' and '\'.
std::string decode_sgf_bytes(std::string_view bytes, std::vector<std::string>& warnings);

// The value of the first CA property, "" if there is none.
std::string_view find_charset(std::string_view bytes);

bool is_valid_utf8(std::string_view text);

}  // namespace hayago::gtp
