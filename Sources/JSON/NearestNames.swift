/// The names among `candidates` that look most like `name`, best first: what an error message suggests.
///
/// Likeness is the optimal string alignment distance (insertions, deletions, changes and swaps of neighbours), without
/// regard to case. A candidate qualifies within a third of the longer length (at least one change), or when
/// one of the two contains the other.
///
/// - Parameters:
///   - name: What was asked for.
///   - candidates: What there is.
///   - limit: The largest number of names to return.
/// - Returns: At most `limit` names.
/// - Complexity: O(candidates · length²)
public func nearestNames(to name: String, among candidates: some Sequence<String>, limit: Int = 3) -> [String] {
  // Long names are compared by their beginnings, so that a hostile file cannot make an error message slow.
  let wanted = Array(name.lowercased().unicodeScalars.prefix(64))
  var ranked: [(distance: Int, name: String)] = []
  for candidate in candidates where candidate != name || wanted.isEmpty {
    let letters = Array(candidate.lowercased().unicodeScalars.prefix(64))
    let distance = alignmentDistance(wanted, letters)
    let close = distance <= max(1, max(wanted.count, letters.count) / 3)
    let contained =
      min(wanted.count, letters.count) >= 2
      && (candidate.lowercased().contains(name.lowercased()) || name.lowercased().contains(candidate.lowercased()))
    if close || contained { ranked.append((distance, candidate)) }
  }
  ranked.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
  return ranked.prefix(limit).map(\.name)
}

/// The least number of insertions, deletions, changes and swaps of neighbours that turn `a` into `b`, no part being
/// edited twice.
private func alignmentDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var beforePrevious = [Int](repeating: 0, count: b.count + 1)
  var previous = Array(0...b.count)
  var current = previous
  for i in 0..<a.count {
    current[0] = i + 1
    for j in 0..<b.count {
      current[j + 1] = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        current[j + 1] = min(current[j + 1], beforePrevious[j - 1] + 1)
      }
    }
    (beforePrevious, previous, current) = (previous, current, beforePrevious)
  }
  return previous[b.count]
}
