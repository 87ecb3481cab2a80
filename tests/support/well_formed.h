// Is a page well-formed XML?
#pragma once
#include <string>
#include <string_view>

namespace hayago::test {

// "" if it is: one root element after an optional doctype, elements closed in order, attributes
// quoted and each once, entities of XML only, UTF-8. Otherwise what is wrong, and where.
std::string why_not_well_formed(std::string_view page);

}  // namespace hayago::test
