# Defines SerialHDF5::SerialHDF5, HDF5's C library without MPI. CMake's own module asks a compiler wrapper, and a C
# compiler for that.
find_library(SerialHDF5_LIBRARY NAMES hdf5_serial hdf5)
find_path(SerialHDF5_INCLUDE_DIR hdf5.h PATH_SUFFIXES hdf5/serial)
mark_as_advanced(SerialHDF5_LIBRARY SerialHDF5_INCLUDE_DIR)

if(SerialHDF5_INCLUDE_DIR AND EXISTS "${SerialHDF5_INCLUDE_DIR}/H5public.h")
  file(STRINGS "${SerialHDF5_INCLUDE_DIR}/H5public.h" lines
       REGEX "#define H5_VERS_(MAJOR|MINOR|RELEASE)[ \t]+[0-9]+")
  list(TRANSFORM lines REPLACE "[^0-9]*H5_VERS_[A-Z]+[ \t]+([0-9]+).*" "\\1")
  list(JOIN lines "." SerialHDF5_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SerialHDF5 REQUIRED_VARS SerialHDF5_LIBRARY SerialHDF5_INCLUDE_DIR
                                  VERSION_VAR SerialHDF5_VERSION)

if(SerialHDF5_FOUND AND NOT TARGET SerialHDF5::SerialHDF5)
  add_library(SerialHDF5::SerialHDF5 UNKNOWN IMPORTED)
  set_target_properties(SerialHDF5::SerialHDF5 PROPERTIES
    IMPORTED_LOCATION "${SerialHDF5_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${SerialHDF5_INCLUDE_DIR}")
endif()
