# Defines LibZip::LibZip. libzip's own package wants its command-line tools to be installed.
find_library(LibZip_LIBRARY NAMES zip)
find_path(LibZip_INCLUDE_DIR zip.h)
find_path(LibZip_CONFIG_DIR zipconf.h HINTS ${LibZip_INCLUDE_DIR} PATH_SUFFIXES libzip/include)
mark_as_advanced(LibZip_LIBRARY LibZip_INCLUDE_DIR LibZip_CONFIG_DIR)

if(LibZip_CONFIG_DIR)
  file(STRINGS "${LibZip_CONFIG_DIR}/zipconf.h" lines REGEX "#define LIBZIP_VERSION +\"")
  string(REGEX REPLACE ".*\"([0-9.]+).*" "\\1" LibZip_VERSION "${lines}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibZip REQUIRED_VARS LibZip_LIBRARY LibZip_INCLUDE_DIR LibZip_CONFIG_DIR
                                  VERSION_VAR LibZip_VERSION)

if(LibZip_FOUND AND NOT TARGET LibZip::LibZip)
  add_library(LibZip::LibZip UNKNOWN IMPORTED)
  set_target_properties(LibZip::LibZip PROPERTIES
    IMPORTED_LOCATION "${LibZip_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibZip_INCLUDE_DIR};${LibZip_CONFIG_DIR}")
endif()
