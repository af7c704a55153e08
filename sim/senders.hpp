// `--senders`: how unevenly GPUs start with tokens.
#pragma once

#include <string>
#include <vector>

namespace moehub {

/// Parses "4,1,1,.." into a share for each GPU. Throws InputError (place "--senders").
std::vector<int> parse_senders(const std::string& text, int gpus);

/// The GPU of each token: contiguous blocks in proportion to the shares, as near as whole tokens allow; with
/// every token given to somebody. [tokens]
std::vector<int> source_by_shares(const std::vector<int>& shares, int tokens);

}  // namespace moehub
