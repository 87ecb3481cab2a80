// Who we are. Programs recognise the engine family by the word KataGo, so it has to appear.
#pragma once
#include <string_view>

namespace hayago::gtp {

inline constexpr std::string_view kVersion = "0.1.0";
// The release whose protocols, keys and behaviour hayago follows.
inline constexpr std::string_view kCompatibleVersion = "1.17.2";
inline constexpr std::string_view kGtpName = "KataGo-hayago";
inline constexpr std::string_view kGtpVersion = "1.17.2+hayago-0.1.0";
// First stderr line of every engine process.
inline constexpr std::string_view kBanner = "hayago 0.1.0 (KataGo v1.17.2 compatible)";

}  // namespace hayago::gtp
