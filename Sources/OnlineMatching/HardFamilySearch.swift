internal import Simulation

/// Looks for nested families on which every opportunistic algorithm does badly against a benchmark in the limit p → 0.
///
/// Families are laminar (``LaminarFamily``), so that every candidate is evaluated exactly: whatever is found is an upper
/// bound on the ratio of every opportunistic algorithm for equal vanishing probabilities.
public struct HardFamilySearch: Sendable {
  /// What the successes are compared with.
  public enum Benchmark: Sendable, Equatable {
    /// B0: ``LaminarFamily/matchingBound``, exact.
    case matching
    /// B2: the lower end of ``LaminarFamily/stochasticBound(piecesPerUnit:)``, so that a ratio is never reported too small.
    case stochastic(piecesPerUnit: Int)
  }

  /// What the successes are compared with.
  public var benchmark: Benchmark
  /// The size of the largest set.
  public var size: Int
  /// How many changes are tried.
  public var steps: Int
  /// The seed of the random changes.
  public var seed: UInt64

  /// What was found.
  public struct Result: Sendable, Equatable {
    /// The hardest family.
    public let family: LaminarFamily
    /// How many families were evaluated.
    public let evaluated: Int
    /// The ratio whenever a harder family was found.
    public let progress: [Double]
    /// An interval that contains the benchmark of the hardest family: a point for B0.
    public let bound: ClosedRange<Double>

    /// The successes over the lower end of ``bound``: an upper bound on the ratio of every opportunistic algorithm.
    public var ratio: Double { family.expectedSuccesses / bound.lowerBound }
  }

  /// A search over families on `size` vertices.
  ///
  /// - Throws: ``MatchingError/parameter(name:value:needed:)`` unless size ≥ 1 and steps ≥ 0.
  public init(
    size: Int, steps: Int = 2_000, seed: UInt64 = 1, benchmark: Benchmark = .matching
  ) throws(MatchingError) {
    guard size >= 1 else { throw .parameter(name: "the size of the family", value: Double(size), needed: "at least 1") }
    guard steps >= 0 else { throw .parameter(name: "the number of steps", value: Double(steps), needed: "at least 0") }
    self.size = size
    self.steps = steps
    self.seed = seed
    self.benchmark = benchmark
  }

  /// Up to this size all families with unit or no mass at each node are tried first.
  static let exhaustiveLimit = 5

  /// Evaluates every T(size, k) and, up to size 5, every laminar family with mass 0 or 1 at each node; then climbs from the
  /// hardest by random single changes of mass or shape, keeping those that make it harder.
  ///
  /// - Returns: The hardest family found.
  /// - Throws: ``MatchingError/parameter(name:value:needed:)`` or ``MatchingError/linearProgram(name:reason:)`` for B2.
  /// - Complexity: O(steps · nodes · size²) after the enumeration, and two linear programs a step for B2.
  public func run() throws(MatchingError) -> Result {
    var evaluated = 0
    var best = LaminarFamily(sound: size, mass: 1, children: [])
    var progress: [Double] = []
    var bestBound = 0.0...0.0
    func offer(_ family: LaminarFamily) throws(MatchingError) {
      guard family.matchingBound > 0 else { return }
      evaluated += 1
      let bound: ClosedRange<Double>
      switch benchmark {
      case .matching: bound = family.matchingBound...family.matchingBound
      case .stochastic(let pieces):
        // B2 ≤ B0, so that a family that is no harder against B0 is no harder against B2.
        guard family.ratio < progress.last ?? .infinity else { return }
        bound = try family.stochasticBound(piecesPerUnit: pieces)
      }
      let ratio = family.expectedSuccesses / bound.lowerBound
      if ratio < (progress.last ?? .infinity) - 1e-13 {
        best = family
        bestBound = bound
        progress.append(ratio)
      }
    }
    for k in 0...size {
      if let family = try? LaminarFamily.triangularThenPrivate(size, k) { try offer(family) }
    }
    if size <= Self.exhaustiveLimit { for family in Self.unitFamilies(upTo: size)[size] { try offer(family) } }
    var stream = RandomStream(seed: seed, purpose: .instance)
    for _ in 0..<steps { try offer(changed(best, at: stream.index(below: nodeCount(best)), &stream)) }
    return Result(family: best, evaluated: evaluated, progress: progress, bound: bestBound)
  }

  /// All laminar families with mass 0 or 1 at each node by size; children are smaller than their parent, since two blocks
  /// on one set are one block of their joint mass.
  private static func unitFamilies(upTo size: Int) -> [[LaminarFamily]] {
    var result: [[LaminarFamily]] = [[]]
    for n in 1...size {
      let smaller = result.flatMap { $0 }
      var found: [LaminarFamily] = []
      func extend(_ children: [LaminarFamily], from start: Int, room: Int) {
        for mass in [0.0, 1] where mass > 0 || !children.isEmpty {
          found.append(LaminarFamily(sound: n, mass: mass, children: children))
        }
        for k in start..<smaller.count where smaller[k].size <= room {
          extend(children + [smaller[k]], from: k, room: room - smaller[k].size)
        }
      }
      extend([], from: 0, room: n)
      result.append(found)
    }
    return result
  }

  private func nodeCount(_ family: LaminarFamily) -> Int { family.children.reduce(1) { $0 + nodeCount($1) } }

  /// The family with node number `index` (parents before children) changed at random.
  private func changed(_ node: LaminarFamily, at index: Int, _ stream: inout RandomStream) -> LaminarFamily {
    guard index > 0 else { return changed(node, &stream) }
    var rest = index - 1
    var children = node.children
    for k in children.indices {
      let count = nodeCount(children[k])
      if rest < count {
        children[k] = changed(children[k], at: rest, &stream)
        break
      }
      rest -= count
    }
    return LaminarFamily(sound: node.size, mass: node.mass, children: children)
  }

  /// One random change of a node: its mass, a new child, a dissolved child, or a new node around its children.
  private func changed(_ node: LaminarFamily, _ stream: inout RandomStream) -> LaminarFamily {
    var mass = node.mass
    var children = node.children
    let free = node.size - children.reduce(0) { $0 + $1.size }
    switch stream.index(below: 5) {
    case 0: mass = max(0, mass + stream.uniform() - 0.5)
    case 1: mass = max(0, mass + 0.1 * (stream.uniform() - 0.5))
    case 2 where free > 0:
      children.append(LaminarFamily(sound: 1 + stream.index(below: free), mass: 1, children: []))
    case 3 where !children.isEmpty:
      let child = children.remove(at: stream.index(below: children.count))
      children += child.children
    default:
      guard free > 0, node.size > 1 else { break }
      children = [LaminarFamily(sound: node.size - 1, mass: stream.uniform(), children: children)]
    }
    // Two blocks in turn on one set are one block of their joint mass.
    if let only = children.first, children.count == 1, only.size == node.size {
      return LaminarFamily(sound: node.size, mass: mass + only.mass, children: only.children)
    }
    return LaminarFamily(sound: node.size, mass: mass, children: children)
  }
}
