#include <iostream>
#include <xtape/xtape.hpp>

int main() { std::cout << xtape::get_num_threads() << " threads\n"; }
