#pragma once

#include <cstdint>
#include <string>

namespace xtape::callbacks {

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
uint32_t crc32c(const std::string& bytes);

/// The bytes as a record of TensorFlow's TFRecord files: length, its checksum, the bytes, theirs. Checksums are masked:
/// turned by 15 bits, plus a constant.
/// (https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details)
std::string record(const std::string& bytes);

}  // namespace xtape::callbacks
