include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/xtape)
install(TARGETS xtape EXPORT xtapeTargets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(EXPORT xtapeTargets NAMESPACE xtape:: DESTINATION ${package_dir})

get_target_property(library_type xtape TYPE)
set(XTAPE_IS_STATIC OFF)
if(library_type STREQUAL "STATIC_LIBRARY")
  set(XTAPE_IS_STATIC ON)
endif()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/xtapeConfig.cmake.in ${PROJECT_BINARY_DIR}/xtapeConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/xtapeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/xtapeConfig.cmake ${PROJECT_BINARY_DIR}/xtapeConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindOpenBLAS.cmake ${CMAKE_CURRENT_LIST_DIR}/FindOneDNN.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindCairo.cmake ${CMAKE_CURRENT_LIST_DIR}/FindSerialHDF5.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindLibZip.cmake
        DESTINATION ${package_dir})

file(RELATIVE_PATH XTAPE_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
set(XTAPE_PC_LIBS_PRIVATE "${OpenBLAS_LIBRARY} ${OpenMP_CXX_FLAGS}")
if(XTAPE_HAVE_ONEDNN)
  string(PREPEND XTAPE_PC_LIBS_PRIVATE "${OneDNN_LIBRARY} ")
endif()
foreach(library IN LISTS rare_dependencies)
  if(TARGET ${library})
    get_target_property(location ${library} LOCATION)
    string(APPEND XTAPE_PC_LIBS_PRIVATE " ${location}")
  else()
    string(APPEND XTAPE_PC_LIBS_PRIVATE " ${library}")
  endif()
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/xtape.pc.in ${PROJECT_BINARY_DIR}/xtape.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/xtape.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
