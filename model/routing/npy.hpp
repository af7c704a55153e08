// NumPy's array format, as far as routing traces need it: numbers and strings, little endian, C or
// Fortran order.
//
// xtensor's xnpy.hpp was read and left out: it reads no strings and no float16, takes the keys of
// the header in one order only, does not notice missing data, and misreads a header whose length
// has bit 7 set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace moehub {

struct NpyArray {
  char kind = 'i';         ///< NumPy's: i signed, u unsigned, f float, b bool, U and S strings
  std::size_t bytes = 0;   ///< of one element
  bool fortran_order = false;
  std::vector<std::size_t> shape;  ///< empty: a scalar
  std::string data;                ///< the elements as they lie in the file

  std::size_t size() const;      ///< elements
  std::string dtype() const;     ///< as NumPy writes it, e.g. "<i2"
  std::string shape_text() const;  ///< e.g. "(8, 2048, 6)"
};

/// Parses the bytes of a .npy file. `file` and `array` say in an InputError what is wrong where.
NpyArray parse_npy(const std::string& bytes, const std::string& file, const std::string& array);

/// The bytes of a .npy file.
std::string npy_bytes(const NpyArray& array);

// Elements in C order. Each throws InputError when the array is of another kind.
std::vector<std::int64_t> npy_integers(const NpyArray& array, const std::string& file,
                                       const std::string& name);
std::vector<float> npy_floats(const NpyArray& array, const std::string& file,
                              const std::string& name);
/// The text of an array of one string, as UTF-8.
std::string npy_text(const NpyArray& array, const std::string& file, const std::string& name);

// Arrays in C order from values.
NpyArray npy_from_int32(const std::vector<std::int32_t>& values, std::vector<std::size_t> shape);
NpyArray npy_from_int16(const std::vector<std::int32_t>& values, std::vector<std::size_t> shape);
NpyArray npy_from_float(const std::vector<float>& values, std::vector<std::size_t> shape);
/// A scalar of NumPy's `<U`, as numpy.array(text) makes it. `text` is UTF-8.
NpyArray npy_from_text(const std::string& text);

}  // namespace moehub
