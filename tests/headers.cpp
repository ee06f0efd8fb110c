// Nothing: the target compiles the headers that tests share (CMakeLists.txt).
