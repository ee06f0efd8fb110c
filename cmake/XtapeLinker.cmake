# The project's own programs are linked by gold where it is found: they wait for GNU ld twice as long, after each change in
# the library. Sanitizers and other linkers by choice are left alone.
include(CheckLinkerFlag)

if(NOT CMAKE_CROSSCOMPILING AND NOT "${CMAKE_CXX_FLAGS} ${CMAKE_EXE_LINKER_FLAGS}" MATCHES "-fsanitize|-fuse-ld")
  check_linker_flag(CXX -fuse-ld=gold XTAPE_HAVE_GOLD)
  if(XTAPE_HAVE_GOLD)
    add_link_options(-fuse-ld=gold)
  endif()
endif()
