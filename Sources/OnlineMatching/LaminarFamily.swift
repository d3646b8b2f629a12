internal import RealModule

/// A nested family of blocks of arrivals in the limit of vanishing equal probabilities, evaluated exactly.
///
/// A block of mass λ on a set N of offline vertices is λ/p identical arrivals adjacent to N, each of probability p → 0. A
/// node is a set with the mass that arrives on it; its children are disjoint subsets whose blocks arrive later. Labels are
/// hidden: which vertices belong to which child is uniformly random. Then, with a of the vertices of N available, the
/// successes of a block are min(Poisson(λ), a) whatever opportunistic algorithm is used, and the vertices that succeed are
/// uniform in N. So every opportunistic algorithm earns the same, and by linearity
///
/// ```
/// E(N, a) = E_j [ j + Σ_children E_b [ E(child, b) ] ],  j ~ min(Poisson(λ), a),  b ~ Hypergeometric(|N|, a − j, |child|)
/// ```
///
/// Sources: the idea of Mehta, Panigrahi (2012), section 5; the recursion over laminar families is derived here.
public struct LaminarFamily: Sendable, Equatable {
  /// |N|, at least 1.
  public let size: Int
  /// λ ≥ 0: the mass of the block that arrives on N first.
  public let mass: Double
  /// Disjoint subsets of N with later blocks.
  public let children: [LaminarFamily]

  /// A node.
  ///
  /// - Throws: ``MatchingError/parameter(name:value:needed:)`` for a size below 1, a mass below 0, or children that
  ///   together are larger than the node.
  public init(size: Int, mass: Double, children: [LaminarFamily] = []) throws(MatchingError) {
    guard size >= 1 else {
      throw .parameter(name: "the size of a block's set", value: Double(size), needed: "at least 1")
    }
    guard mass >= 0, mass.isFinite else {
      throw .parameter(name: "the mass of a block", value: mass, needed: "at least 0")
    }
    let total = children.reduce(0) { $0 + $1.size }
    guard total <= size else {
      throw .parameter(name: "the total size of the children", value: Double(total), needed: "at most \(size)")
    }
    self.init(sound: size, mass: mass, children: children)
  }

  init(sound size: Int, mass: Double, children: [LaminarFamily]) {
    self.size = size
    self.mass = mass
    self.children = children
  }

  /// G_n: unit blocks on {i, …, n−1} for i = 0 … n−1.
  ///
  /// Source: Mehta, Panigrahi (2012), the bound 0.6209 at n = 3.
  /// - Throws: ``MatchingError/parameter(name:value:needed:)`` when n is below 1.
  public static func triangular(_ n: Int) throws(MatchingError) -> LaminarFamily {
    guard n >= 1 else { throw .parameter(name: "n", value: Double(n), needed: "at least 1") }
    var family = LaminarFamily(sound: 1, mass: 1, children: [])
    for size in 1..<n { family = LaminarFamily(sound: size + 1, mass: 1, children: [family]) }
    return family
  }

  /// T(n, k): the first k blocks of G_n, then a private unit block for each of the n − k remaining vertices.
  ///
  /// - Throws: ``MatchingError/parameter(name:value:needed:)`` unless 0 ≤ k ≤ n and n ≥ 1.
  public static func triangularThenPrivate(_ n: Int, _ k: Int) throws(MatchingError) -> LaminarFamily {
    guard n >= 1 else { throw .parameter(name: "n", value: Double(n), needed: "at least 1") }
    guard k >= 0, k <= n else { throw .parameter(name: "k", value: Double(k), needed: "from 0 to n = \(n)") }
    if k == n { return try triangular(n) }
    let single = LaminarFamily(sound: 1, mass: 1, children: [])
    var family = LaminarFamily(sound: n - k, mass: 0, children: [LaminarFamily](repeating: single, count: n - k))
    for size in (n - k)..<n { family = LaminarFamily(sound: size + 1, mass: 1, children: [family]) }
    return family
  }

  /// The expected number of successes of any opportunistic algorithm as p → 0.
  ///
  /// - Complexity: O(nodes · size²)
  public var expectedSuccesses: Double { successes()[size] }

  /// B0 in the limit: the mass of a block serves any vertex of its set that the later blocks inside do not fill.
  public var matchingBound: Double { min(Double(size), mass + children.reduce(0) { $0 + $1.matchingBound }) }

  /// Expected successes over B0: an upper bound on the ratio of every opportunistic algorithm against B0.
  public var ratio: Double { expectedSuccesses / matchingBound }

  /// E(N, a) for a = 0 … |N|.
  private func successes() -> [Double] {
    // after[b]: expected successes of all children with b vertices of N available.
    var after = [Double](repeating: 0, count: size + 1)
    var known: [(child: LaminarFamily, values: [Double])] = []
    for child in children {
      let values = known.first { $0.child == child }?.values ?? child.successes()
      if !known.contains(where: { $0.child == child }) { known.append((child, values)) }
    }
    for (child, values) in known {
      let copies = Double(children.count { $0 == child })
      for b in 0...size {
        after[b] += copies * Self.hypergeometricMean(values, population: size, marked: b, draws: child.size)
      }
    }
    guard mass > 0 else { return after }
    let poisson = Self.poisson(mass, upTo: size)
    return (0...size).map { a in
      var tail = 1.0
      var sum = 0.0
      for j in 0..<a {
        sum += poisson[j] * (Double(j) + after[a - j])
        tail -= poisson[j]
      }
      return sum + max(0, tail) * (Double(a) + after[0])
    }
  }

  /// P(Poisson(mean) = j) for j = 0 … n.
  private static func poisson(_ mean: Double, upTo n: Int) -> [Double] {
    var values = [Double.exp(-mean)]
    for j in 1...max(1, n) { values.append(values[j - 1] * mean / Double(j)) }
    return values
  }

  /// The mean of `values[b]` when b of `draws` vertices are marked, `marked` of `population` being marked.
  private static func hypergeometricMean(_ values: [Double], population: Int, marked: Int, draws: Int) -> Double {
    let low = max(0, draws + marked - population)
    let high = min(draws, marked)
    // Weights relative to the mode, so that none underflows where it matters.
    let mode = min(high, max(low, (draws + 1) * (marked + 1) / (population + 2)))
    var weight = 1.0
    var total = 1.0
    var sum = values[mode]
    for b in stride(from: mode, to: low, by: -1) {
      weight *= Double(b) * Double(population - marked - draws + b) / (Double(marked - b + 1) * Double(draws - b + 1))
      total += weight
      sum += weight * values[b - 1]
    }
    weight = 1
    for b in mode..<high {
      weight *= Double(marked - b) * Double(draws - b) / (Double(b + 1) * Double(population - marked - draws + b + 1))
      total += weight
      sum += weight * values[b + 1]
    }
    return sum / total
  }

  /// The family with finite probability 1/s: a block of mass λ becomes round(λ s) arrivals. Vertices are labelled such that
  /// each set is an interval whose children stand at its end.
  ///
  /// - Parameter s: The number of arrivals a unit of mass, at least 1.
  /// - Returns: The instance, arrivals in an order that respects the nesting.
  /// - Throws: ``MatchingError/parameter(name:value:needed:)``.
  public func instance(copiesPerUnit s: Int) throws(MatchingError) -> MatchingInstance {
    guard s >= 1 else {
      throw .parameter(name: "the number of copies a unit of mass", value: Double(s), needed: "at least 1")
    }
    var arrivals: [[MatchingInstance.Edge]] = []
    func add(_ node: LaminarFamily, from start: Int) {
      let edges = (start..<(start + node.size)).map { MatchingInstance.Edge($0, 1 / Double(s)) }
      arrivals += [[MatchingInstance.Edge]](repeating: edges, count: Int((node.mass * Double(s)).rounded()))
      var next = start + node.size
      for child in node.children.reversed() { next -= child.size }
      for child in node.children {
        add(child, from: next)
        next += child.size
      }
    }
    add(self, from: 0)
    return MatchingInstance(sound: [Double](repeating: 1, count: size), arrivals: arrivals)
  }
}

extension LaminarFamily: CustomStringConvertible {
  /// `size:mass(child child …)`, a repeated child once with its count.
  public var description: String {
    var parts: [(child: LaminarFamily, count: Int)] = []
    for child in children {
      if let last = parts.last, last.child == child {
        parts[parts.count - 1].count += 1
      } else {
        parts.append((child, 1))
      }
    }
    let inner = parts.map { $0.count > 1 ? "\($0.count)×\($0.child)" : "\($0.child)" }.joined(separator: " ")
    return "\(size):\(mass)" + (inner.isEmpty ? "" : "(\(inner))")
  }
}
