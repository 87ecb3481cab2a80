# CUDA kernels (*.cu) as one object library per set of architectures. Without nvcc, or where the
# build could not run them (cross builds, sanitizers), kernels/cuda/runtime_none.cc stands in.
set(HAYAGO_CUDA_ARCHITECTURES "75;80;86;89;90;100;120" CACHE STRING
    "Compute capabilities that the CUDA kernels are compiled for")
set(HAYAGO_WITH_CUDA OFF)
find_program(HAYAGO_NVCC nvcc)
if(HAYAGO_SANITIZE OR HAYAGO_COVERAGE OR CMAKE_CROSSCOMPILING)
  message(STATUS "CUDA: left out of this kind of build")
elseif(NOT HAYAGO_NVCC)
  message(STATUS "CUDA: nvcc not found (CPU only)")
else()
  set(HAYAGO_WITH_CUDA ON)
  set(CMAKE_CUDA_COMPILER ${HAYAGO_NVCC})
  enable_language(CUDA)
  # CMake 3.25 does not know how to ask nvcc 13 for C++20.
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
    set(CMAKE_CUDA20_COMPILE_FEATURES cuda_std_20)
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
  endif()
  if(HAYAGO_CCACHE)
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
  endif()
  message(STATUS "CUDA: ${CMAKE_CUDA_COMPILER_VERSION}, for ${HAYAGO_CUDA_ARCHITECTURES} and 90a")
endif()

# hayago_cuda_objects(NAME ARCHITECTURES source...): compiles the sources into hayago_kernels.
function(hayago_cuda_objects name architectures)
  add_library(${name} OBJECT ${ARGN})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE --expt-relaxed-constexpr)
  if(HAYAGO_WERROR)
    target_compile_options(${name} PRIVATE -Werror all-warnings)
  endif()
  set_target_properties(${name} PROPERTIES CUDA_ARCHITECTURES "${architectures}"
    CUDA_RUNTIME_LIBRARY Static)
  target_sources(hayago_kernels PRIVATE $<TARGET_OBJECTS:${name}>)
endfunction()

function(hayago_add_cuda)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/*.cu)
  set(hopper ${sources})
  list(FILTER hopper INCLUDE REGEX "sm90a")
  list(FILTER sources EXCLUDE REGEX "sm90a")
  set(real "")
  foreach(architecture IN LISTS HAYAGO_CUDA_ARCHITECTURES)
    list(APPEND real ${architecture}-real)
  endforeach()
  # The newest also as portable code, for chips to come.
  list(GET HAYAGO_CUDA_ARCHITECTURES -1 newest)
  hayago_cuda_objects(hayago_cuda "${real};${newest}-virtual" ${sources})
  hayago_cuda_objects(hayago_cuda_sm90a "90a-real" ${hopper})
  find_library(HAYAGO_CUDART cudart_static
    HINTS ${CMAKE_CUDA_TOOLKIT_ROOT_DIR}/lib64 ${CMAKE_CUDA_TOOLKIT_ROOT_DIR}/lib
          ${CMAKE_CUDA_IMPLICIT_LINK_DIRECTORIES} REQUIRED)
  target_link_libraries(hayago_kernels PUBLIC ${HAYAGO_CUDART} ${CMAKE_DL_LIBS} rt Threads::Threads)
endfunction()
