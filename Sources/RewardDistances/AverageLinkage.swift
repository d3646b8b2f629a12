public import LinearAlgebra

/// Agglomerative clustering by average linkage, and an order of the leaves in which near ones stand together.
///
/// The distance of two clusters is the mean of the distances between their members (UPGMA), found by chains of nearest
/// neighbours. Everything is decided by the numbers alone: of equally near clusters the one with the least member wins, and
/// of the orientations in which two clusters can be joined the first one whose adjoining ends are nearest. A matrix that is
/// not symmetric is taken as the mean of itself and its transpose.
///
/// Source: Müllner, Modern hierarchical, agglomerative clustering algorithms, arXiv 1109.2378 (2011).
public struct AverageLinkage: Sendable, Equatable {
  /// Two clusters become one.
  public struct Merge: Sendable, Equatable {
    /// The cluster with the least member: below n a leaf, else n plus the number of an earlier merge.
    public let first: Int
    /// The other cluster.
    public let second: Int
    /// Their distance.
    public let height: Double
  }

  /// The merges, nearest first; n − 1 of them.
  public let merges: [Merge]
  /// The leaves from end to end.
  public let order: [Int]

  /// Clusters n items with the given distances, shape (n, n).
  ///
  /// - Complexity: O(n²)
  public init(_ distances: Matrix) {
    precondition(distances.rowCount == distances.columnCount, "one distance a pair is needed")
    let n = distances.rowCount
    var d = distances
    for i in 0..<n { for j in 0..<n { d[i, j] = (distances[i, j] + distances[j, i]) / 2 } }
    var sizes = [Double](repeating: 1, count: n)
    var isActive = [Bool](repeating: true, count: n)
    var chain: [Int] = []
    var joined: [(first: Int, second: Int, height: Double)] = []
    while joined.count + 1 < n {
      if chain.isEmpty, let first = isActive.firstIndex(of: true) { chain.append(first) }
      while true {
        let tip = chain[chain.count - 1]
        let previous = chain.count > 1 ? chain[chain.count - 2] : nil
        // The cluster before wins ties, which is what makes chains end.
        var (nearest, least) = (previous ?? -1, previous.map { d[tip, $0] } ?? .infinity)
        for k in 0..<n where isActive[k] && k != tip && d[tip, k] < least { (nearest, least) = (k, d[tip, k]) }
        guard nearest == previous else {
          chain.append(nearest)
          continue
        }
        let (i, j) = (min(tip, nearest), max(tip, nearest))
        chain.removeLast(2)
        joined.append((i, j, least))
        for k in 0..<n where isActive[k] && k != i && k != j {
          let mean = (sizes[i] * d[i, k] + sizes[j] * d[j, k]) / (sizes[i] + sizes[j])
          d[i, k] = mean
          d[k, i] = mean
        }
        sizes[i] += sizes[j]
        isActive[j] = false
        break
      }
    }
    (merges, order) = Self.tree(joined, distances)
  }

  /// Numbers the merges by height and lays the leaves out.
  private static func tree(
    _ joined: [(first: Int, second: Int, height: Double)], _ distances: Matrix
  ) -> ([Merge], [Int]) {
    let n = distances.rowCount
    let sorted = joined.enumerated().sorted { ($0.element.height, $0.offset) < ($1.element.height, $1.offset) }
    // The cluster that an item belongs to, known by its least member.
    var leader = Array(0..<n)
    func find(_ i: Int) -> Int {
      var i = i
      while leader[i] != i { i = leader[i] }
      return i
    }
    var number = Array(0..<n)
    var leaves = (0..<n).map { [$0] }
    var merges: [Merge] = []
    func between(_ i: Int?, _ j: Int?) -> Double {
      guard let i, let j else { return 0 }
      return distances[i, j] + distances[j, i]
    }
    for (_, join) in sorted {
      let (a, b) = (find(join.first), find(join.second))
      let (first, second) = (min(a, b), max(a, b))
      let (u, v) = (leaves[first], leaves[second])
      let candidates = [(u, v), (u, v.reversed()), (u.reversed(), v), (u.reversed(), v.reversed())]
      let gaps = candidates.map { between($0.0.last, $0.1.first) }
      let best = gaps.indices.min { gaps[$0] < gaps[$1] } ?? 0
      leaves[first] = candidates[best].0 + candidates[best].1
      merges.append(Merge(first: number[first], second: number[second], height: join.height))
      number[first] = n + merges.count - 1
      leader[second] = first
    }
    var order = n > 0 ? leaves[0] : []
    if let first = order.first, let last = order.last, first > last { order.reverse() }
    return (merges, order)
  }
}
