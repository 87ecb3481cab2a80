# Compiler options of every target, and the helper that makes a library out of a folder.
# Wrapped, because nvcc takes other flags (cmake/cuda.cmake).
function(hayago_cxx_options)
  foreach(option IN LISTS ARGN)
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:${option}>)
  endforeach()
endfunction()
hayago_cxx_options(-ffp-contract=off -fno-math-errno)
hayago_cxx_options(-Wall -Wextra -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # gcc 12 reports overlapping copies inside "literal" + std::string that cannot happen (gcc PR 105329).
  hayago_cxx_options(-Wno-restrict)
endif()
add_compile_definitions(HAYAGO_MAX_BOARD=${HAYAGO_MAX_BOARD})
if(HAYAGO_WERROR)
  hayago_cxx_options(-Werror)
endif()
if(HAYAGO_SANITIZE)
  hayago_cxx_options(-fsanitize=${HAYAGO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HAYAGO_SANITIZE})
endif()
if(HAYAGO_COVERAGE)
  hayago_cxx_options(--coverage)
  add_link_options(--coverage)
endif()

# Sanitized builds are for finding defects, not for speed: they compile faster and keep asserts.
if(HAYAGO_SANITIZE)
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
endif()

# hayago_library(NAME [EXCLUDE file...]): static library hayago_NAME of all *.cc below NAME/.
function(hayago_library name)
  cmake_parse_arguments(ARG "" "" "EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}
       ${CMAKE_SOURCE_DIR}/${name}/*.cc)
  if(ARG_EXCLUDE)
    list(REMOVE_ITEM sources ${ARG_EXCLUDE})
  endif()
  hayago_select_isa_sources(sources)
  if(NOT sources)  # a folder that only has headers so far
    file(WRITE ${CMAKE_BINARY_DIR}/empty_${name}.cc "")
    set(sources ${CMAKE_BINARY_DIR}/empty_${name}.cc)
  endif()
  add_library(hayago_${name} STATIC ${sources})
  target_include_directories(hayago_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_include_directories(hayago_${name} SYSTEM PUBLIC ${FMT_INCLUDE} ${NLOHMANN_INCLUDE})
endfunction()
