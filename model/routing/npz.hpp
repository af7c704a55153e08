// NumPy's .npz: a zip of .npy files.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace moehub {

/// The arrays' bytes by name, without the ending .npy.
using NpzEntries = std::map<std::string, std::string>;

/// Reads those of the named arrays that a zip has, stored or deflated. Throws InputError for a file that is missing, cut
/// short or damaged, or an array that unpacks to more than 4 GiB.
NpzEntries read_npz(const std::string& file, const std::vector<std::string>& names);

/// Writes a deflated zip; the same entries give the same bytes. Throws InputError when it cannot.
void write_npz(const std::string& file, const NpzEntries& entries);

}  // namespace moehub
