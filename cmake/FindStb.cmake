# Defines Stb::Stb, single-file libraries, of which stb_image.h is asked for: they are headers alone.
find_path(Stb_INCLUDE_DIR stb_image.h PATH_SUFFIXES stb)
mark_as_advanced(Stb_INCLUDE_DIR)

if(Stb_INCLUDE_DIR)
  file(STRINGS "${Stb_INCLUDE_DIR}/stb_image.h" line REGEX "stb_image - v[0-9.]+" LIMIT_COUNT 1)
  string(REGEX REPLACE ".*stb_image - v([0-9.]+).*" "\\1" Stb_VERSION "${line}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Stb REQUIRED_VARS Stb_INCLUDE_DIR VERSION_VAR Stb_VERSION)

if(Stb_FOUND AND NOT TARGET Stb::Stb)
  add_library(Stb::Stb INTERFACE IMPORTED)
  set_target_properties(Stb::Stb PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${Stb_INCLUDE_DIR}")
endif()
