// NumPy's .npz: a zip of .npy files.
#pragma once

#include <map>
#include <string>

namespace moehub {

/// The arrays' bytes by name, without the ending .npy.
using NpzEntries = std::map<std::string, std::string>;

/// Reads every .npy in a zip, stored or deflated. Throws InputError for a file that is missing, cut
/// short or damaged.
NpzEntries read_npz(const std::string& file);

/// Writes a deflated zip; the same entries give the same bytes. Throws InputError when it cannot.
void write_npz(const std::string& file, const NpzEntries& entries);

}  // namespace moehub
