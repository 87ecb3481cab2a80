# Cross build for 64-bit Arm; the programs run under qemu-user on the build machine.
# Debian packages: g++-aarch64-linux-gnu, qemu-user-static and (after `dpkg --add-architecture arm64`)
# zlib1g-dev:arm64.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
# Static programs need no foreign dynamic loader under qemu.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(ZLIB_USE_STATIC_LIBS ON)
find_program(HAYAGO_QEMU NAMES qemu-aarch64-static qemu-aarch64)
if(HAYAGO_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${HAYAGO_QEMU})
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
