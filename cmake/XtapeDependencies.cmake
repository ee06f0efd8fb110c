find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(ZLIB REQUIRED)
find_package(xtensor REQUIRED)
find_path(XTENSOR_BLAS_INCLUDE_DIR xtensor-blas/xlinalg.hpp REQUIRED)
find_path(XSIMD_INCLUDE_DIR xsimd/xsimd.hpp REQUIRED)

# The OpenMP flavour shares its threads with our own parallel loops.
find_library(OPENBLAS_LIBRARY NAMES openblas
             PATH_SUFFIXES openblas-openmp ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp REQUIRED)
find_path(OPENBLAS_INCLUDE_DIR cblas.h
          PATH_SUFFIXES ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp openblas-openmp openblas REQUIRED)

set(XTAPE_HAVE_ONEDNN OFF)
if(NOT XTAPE_WITH_ONEDNN STREQUAL "OFF")
  if(XTAPE_WITH_ONEDNN STREQUAL "ON")
    find_package(dnnl CONFIG REQUIRED)
  else()
    find_package(dnnl CONFIG QUIET)
  endif()
  if(TARGET DNNL::dnnl)
    set(XTAPE_HAVE_ONEDNN ON)
  else()
    message(STATUS "oneDNN not found: float32 convolutions use the im2col kernels (see XTAPE_WITH_ONEDNN)")
  endif()
endif()
