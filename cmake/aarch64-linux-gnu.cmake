# Toolchain file: cross-compiles for 64-bit ARM with Debian's g++-aarch64-linux-gnu and runs the programs under qemu.
# XTAPE_ARM_ROOT is the folder into which the libraries' arm64 packages were unpacked (tests/on_arm.sh does both).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES XTAPE_ARM_ROOT)
set(CMAKE_FIND_ROOT_PATH ${XTAPE_ARM_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# Programs find their libraries in the root, by paths that hold on a real machine too.
set(library_dir /usr/lib/aarch64-linux-gnu)
set(CMAKE_SKIP_RPATH ON)
set(CMAKE_EXE_LINKER_FLAGS_INIT -Wl,-rpath-link,${XTAPE_ARM_ROOT}${library_dir})
# A CPU without SVE, as on most boards and servers.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -cpu neoverse-n1 -L ${XTAPE_ARM_ROOT}
                                  -E LD_LIBRARY_PATH=${library_dir}/openblas-openmp)
