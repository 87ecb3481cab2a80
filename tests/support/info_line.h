// The grammar of analysis lines as clients read them (spec/07 sections 12.3 and 12.4).
#pragma once
#include <string>

namespace hayago::test {

// What a line was asked to contain.
struct InfoShape {
  bool lz = false;  // lz- commands: integers per ten thousand, nothing after pv
  bool pv_visits = false, pv_edge_visits = false, moves_ownership = false;
  bool root_info = false, ownership = false;
  int x_size = 19, y_size = 19;
};

// "" or what is wrong: keys missing, surplus or in another order, values of the wrong kind, arrays
// of the wrong length, blanks other than single ones, orders that do not count from 0.
std::string info_line_problem(const std::string& line, const InfoShape& shape);

}  // namespace hayago::test
