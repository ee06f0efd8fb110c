# Defines Cairo::Cairo.
find_library(Cairo_LIBRARY NAMES cairo)
find_path(Cairo_INCLUDE_DIR cairo/cairo.h)
mark_as_advanced(Cairo_LIBRARY Cairo_INCLUDE_DIR)

if(Cairo_INCLUDE_DIR AND EXISTS "${Cairo_INCLUDE_DIR}/cairo/cairo-version.h")
  file(STRINGS "${Cairo_INCLUDE_DIR}/cairo/cairo-version.h" lines
       REGEX "#define CAIRO_VERSION_(MAJOR|MINOR|MICRO) +[0-9]+")
  list(TRANSFORM lines REPLACE ".* ([0-9]+)$" "\\1")
  list(JOIN lines "." Cairo_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Cairo REQUIRED_VARS Cairo_LIBRARY Cairo_INCLUDE_DIR VERSION_VAR Cairo_VERSION)

if(Cairo_FOUND AND NOT TARGET Cairo::Cairo)
  add_library(Cairo::Cairo UNKNOWN IMPORTED)
  set_target_properties(Cairo::Cairo PROPERTIES
    IMPORTED_LOCATION "${Cairo_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${Cairo_INCLUDE_DIR}")
endif()
