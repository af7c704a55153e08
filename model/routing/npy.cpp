#include "model/routing/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <limits>
#include <string_view>

#include "model/base/input_error.hpp"

namespace moehub {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

// The header is a Python dictionary of three entries; this reads that much Python.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& file, const std::string& array)
      : text_(text), file_(file), array_(array) {}

  NpyArray parse() {
    NpyArray array;
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr") {
        parse_descr(array);
        has_descr = true;
      } else if (key == "fortran_order") {
        array.fortran_order = boolean();
        has_order = true;
      } else if (key == "shape") {
        array.shape = tuple();
        has_shape = true;
      } else {
        fail("key '" + key + "'");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!has_descr || !has_order || !has_shape) fail("incomplete header");
    return array;
  }

 private:
  [[noreturn]] void fail(const std::string& found) const {
    throw InputError(file_, array_ + ": header", found,
                     "a NumPy header with descr, fortran_order and shape");
  }

  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(fmt::format("no '{}' at byte {}", c, at_));
  }

  std::string string() {
    skip_space();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) {
      fail(fmt::format("no string at byte {}", at_));
    }
    const char quote = text_[at_++];
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) fail("unterminated string");
    std::string value(text_.substr(at_, end - at_));
    at_ = end + 1;
    return value;
  }

  bool boolean() {
    skip_space();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true},
                                      std::pair<std::string_view, bool>{"False", false}}) {
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return value;
      }
    }
    fail("fortran_order is neither True nor False");
  }

  std::vector<std::size_t> tuple() {
    std::vector<std::size_t> values;
    expect('(');
    while (!accept(')')) {
      values.push_back(number());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return values;
  }

  std::size_t number() {
    skip_space();
    std::size_t value = 0;
    const std::size_t begin = at_;
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) {
      if (at_ - begin > 15) fail("dimension of more than 15 digits");
      value = 10 * value + static_cast<std::size_t>(text_[at_++] - '0');
    }
    if (at_ == begin) fail(fmt::format("no number at byte {}", at_));
    return value;
  }

  void parse_descr(NpyArray& array) {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '[') {
      throw InputError(file_, array_, "a structured array", "an array of numbers or one string");
    }
    const std::string descr = string();
    const bool well_formed =
        descr.size() >= 3 && descr.size() <= 12 && std::strchr("<>|=", descr[0]) != nullptr &&
        std::all_of(descr.begin() + 2, descr.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!well_formed || std::strchr("iufbUS", descr[1]) == nullptr) {
      throw InputError(file_, array_, "dtype '" + descr + "'",
                       "integers, floats or a string, e.g. <i4, <f4, <U20");
    }
    if (descr[0] == '>') {
      throw InputError(file_, array_, "big-endian dtype '" + descr + "'",
                       "little endian, '<" + descr.substr(1) + "'");
    }
    array.kind = descr[1];
    array.bytes = std::stoul(descr.substr(2));
    if (array.kind == 'U') array.bytes *= 4;
  }

  std::string_view text_;
  const std::string& file_;
  const std::string& array_;
  std::size_t at_ = 0;
};

// Bytes of `values` elements, or nothing when that does not fit the address space.
bool checked_size(const NpyArray& array, std::size_t& bytes) {
  bytes = array.bytes;
  for (const std::size_t extent : array.shape) {
    if (extent != 0 && bytes > std::numeric_limits<std::size_t>::max() / extent) return false;
    bytes *= extent;
  }
  return true;
}

// Calls `use(pointer to element)` for all elements in C order.
template <typename Use>
void for_each_element(const NpyArray& array, Use use) {
  const std::size_t size = array.size();
  if (!array.fortran_order || array.shape.size() < 2) {
    for (std::size_t i = 0; i < size; ++i) use(array.data.data() + i * array.bytes);
    return;
  }
  std::vector<std::size_t> stride(array.shape.size());  // in bytes
  std::size_t step = array.bytes;
  for (std::size_t d = 0; d < array.shape.size(); ++d) {
    stride[d] = step;
    step *= array.shape[d];
  }
  std::vector<std::size_t> position(array.shape.size(), 0);
  for (std::size_t i = 0; i < size; ++i) {
    std::size_t offset = 0;
    for (std::size_t d = 0; d < position.size(); ++d) offset += position[d] * stride[d];
    use(array.data.data() + offset);
    for (std::size_t d = position.size(); d-- > 0;) {
      if (++position[d] < array.shape[d]) break;
      position[d] = 0;
    }
  }
}

template <typename T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

float half_to_float(std::uint16_t half) {
  const float sign = (half & 0x8000u) != 0 ? -1.0f : 1.0f;
  const int exponent = (half >> 10) & 0x1f;
  const auto mantissa = static_cast<float>(half & 0x3ffu);
  if (exponent == 31) {
    return mantissa == 0 ? sign * std::numeric_limits<float>::infinity()
                         : std::numeric_limits<float>::quiet_NaN();
  }
  float value = exponent == 0 ? mantissa : mantissa + 1024.0f;
  for (int e = std::max(exponent, 1); e < 25; ++e) value *= 0.5f;
  for (int e = 25; e < exponent; ++e) value *= 2.0f;
  return sign * value;
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | ((code >> 18) & 0x07));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

// Well-formed UTF-8 to code points; a byte that is not UTF-8 stands for itself.
std::vector<std::uint32_t> code_points(const std::string& text) {
  std::vector<std::uint32_t> codes;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    std::uint32_t code = length == 1 ? lead : lead & (0xffu >> (length + 1));
    std::size_t used = 1;
    for (; used < length && i + used < text.size(); ++used) {
      code = (code << 6) | (static_cast<unsigned char>(text[i + used]) & 0x3fu);
    }
    codes.push_back(code);
    i += used;
  }
  return codes;
}

template <typename T, typename Value>
NpyArray from_values(char kind, const std::vector<Value>& values, std::vector<std::size_t> shape) {
  NpyArray array;
  array.kind = kind;
  array.bytes = sizeof(T);
  array.shape = std::move(shape);
  array.data.resize(values.size() * sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = static_cast<T>(values[i]);
    std::memcpy(array.data.data() + i * sizeof(T), &value, sizeof(T));
  }
  return array;
}

}  // namespace

std::size_t NpyArray::size() const {
  std::size_t product = 1;
  for (const std::size_t extent : shape) product *= extent;
  return product;
}

std::string NpyArray::dtype() const {
  const char order = bytes == 1 || kind == 'S' ? '|' : '<';
  return fmt::format("{}{}{}", order, kind, kind == 'U' ? bytes / 4 : bytes);
}

std::string NpyArray::shape_text() const {
  std::string text = "(";
  for (std::size_t d = 0; d < shape.size(); ++d) {
    text += fmt::format("{}{}", d == 0 ? "" : ", ", shape[d]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

NpyArray parse_npy(const std::string& bytes, const std::string& file, const std::string& array) {
  const auto fail = [&](const std::string& found, const std::string& expected) {
    throw InputError(file, array, found, expected);
  };
  if (bytes.size() < 12 || bytes.compare(0, kMagic.size(), kMagic) != 0) {
    fail("no NumPy array", "the bytes \\x93NUMPY at its start");
  }
  const auto byte = [&](std::size_t i) {
    return std::size_t{static_cast<unsigned char>(bytes[i])};
  };
  const std::size_t version = byte(6);
  if (version < 1 || version > 3) {
    fail(fmt::format("version {} of the NumPy format", version), "1, 2 or 3");
  }
  const std::size_t begin = version == 1 ? 10 : 12;
  std::size_t header_bytes = byte(8) | byte(9) << 8;
  if (version > 1) header_bytes |= byte(10) << 16 | byte(11) << 24;
  if (bytes.size() - begin < header_bytes) {
    fail(fmt::format("{} bytes", bytes.size()),
         fmt::format("a header of {} bytes", header_bytes));
  }
  NpyArray result =
      HeaderParser(std::string_view(bytes).substr(begin, header_bytes), file, array).parse();
  std::size_t data_bytes = 0;
  const std::size_t there = bytes.size() - begin - header_bytes;
  if (!checked_size(result, data_bytes) || there < data_bytes) {
    fail(fmt::format("{} bytes of data", there),
         fmt::format("shape {} of {}, all of it", result.shape_text(), result.dtype()));
  }
  result.data = bytes.substr(begin + header_bytes, data_bytes);
  return result;
}

std::string npy_bytes(const NpyArray& array) {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}", array.dtype(),
                  array.fortran_order ? "True" : "False", array.shape_text());
  // The data begins at a multiple of 64; the header ends with a newline.
  const std::size_t unpadded = kMagic.size() + 4 + header.size() + 1;
  header.append((64 - unpadded % 64) % 64, ' ');
  header.push_back('\n');
  std::string bytes(kMagic);
  bytes += {'\x01', '\x00', static_cast<char>(header.size() & 0xff),
            static_cast<char>(header.size() >> 8)};
  return bytes + header + array.data;
}

std::vector<std::int64_t> npy_integers(const NpyArray& array, const std::string& file,
                                       const std::string& name) {
  const bool is_integer = (array.kind == 'i' || array.kind == 'u') &&
                          (array.bytes == 1 || array.bytes == 2 || array.bytes == 4 ||
                           array.bytes == 8);
  if (!is_integer) throw InputError(file, name, "dtype " + array.dtype(), "integers, e.g. <i2");
  const auto element = [&](const char* from) -> std::int64_t {
    const bool is_signed = array.kind == 'i';
    switch (array.bytes) {
      case 1: return is_signed ? load<std::int8_t>(from) : load<std::uint8_t>(from);
      case 2: return is_signed ? load<std::int16_t>(from) : load<std::uint16_t>(from);
      case 4: return is_signed ? load<std::int32_t>(from) : std::int64_t{load<std::uint32_t>(from)};
      default: break;
    }
    if (is_signed) return load<std::int64_t>(from);
    constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();  // out of every range here
    return static_cast<std::int64_t>(
        std::min(load<std::uint64_t>(from), static_cast<std::uint64_t>(kLargest)));
  };
  std::vector<std::int64_t> values;
  values.reserve(array.size());
  for_each_element(array, [&](const char* from) { values.push_back(element(from)); });
  return values;
}

std::vector<float> npy_floats(const NpyArray& array, const std::string& file,
                              const std::string& name) {
  if (array.kind != 'f' || (array.bytes != 2 && array.bytes != 4 && array.bytes != 8)) {
    throw InputError(file, name, "dtype " + array.dtype(), "floats: <f2, <f4 or <f8");
  }
  std::vector<float> values;
  values.reserve(array.size());
  for_each_element(array, [&](const char* from) {
    values.push_back(array.bytes == 2   ? half_to_float(load<std::uint16_t>(from))
                     : array.bytes == 4 ? load<float>(from)
                                        : static_cast<float>(load<double>(from)));
  });
  return values;
}

std::string npy_text(const NpyArray& array, const std::string& file, const std::string& name) {
  if ((array.kind != 'U' && array.kind != 'S') || array.size() != 1) {
    throw InputError(file, name, "dtype " + array.dtype() + " of shape " + array.shape_text(),
                     "one string (<U or |S)");
  }
  std::string text;
  if (array.kind == 'S') {
    text = array.data;
  } else {
    for (std::size_t i = 0; i < array.bytes; i += 4) {
      append_utf8(text, load<std::uint32_t>(array.data.data() + i));
    }
  }
  text.erase(text.find_last_not_of('\0') + 1);  // NumPy pads strings with zeros
  return text;
}

NpyArray npy_from_int32(const std::vector<std::int32_t>& values, std::vector<std::size_t> shape) {
  return from_values<std::int32_t>('i', values, std::move(shape));
}

NpyArray npy_from_int16(const std::vector<std::int32_t>& values, std::vector<std::size_t> shape) {
  return from_values<std::int16_t>('i', values, std::move(shape));
}

NpyArray npy_from_float(const std::vector<float>& values, std::vector<std::size_t> shape) {
  return from_values<float>('f', values, std::move(shape));
}

NpyArray npy_from_text(const std::string& text) {
  const std::vector<std::uint32_t> codes = code_points(text);
  NpyArray array = from_values<std::uint32_t>('U', codes, {});
  array.bytes = 4 * codes.size();
  if (codes.empty()) {  // NumPy has no string of zero characters
    array.bytes = 4;
    array.data.assign(4, '\0');
  }
  return array;
}

}  // namespace moehub
