internal import LinearPrograms
public import MDPs

/// The returns of several rewards that can be achieved together and that no policy beats in all: the Pareto front from the
/// start distribution, enclosed between an inner and an outer approximation.
///
/// The achievable vectors are a projection of the occupancy polytope, hence convex, so that
///
/// ```
/// { mixtures of the vertices found }  ⊆  achievable, or worse  ⊆  { x : Σ w_i x_i ≤ b  for each half-space found }
/// ```
///
/// where each half-space is the proven optimum of one weighted problem. While a vertex of the outer approximation is further
/// than ``precision`` from the inner one (in the coordinate that is worst), the weights of the inner facet below it give the
/// next problem. With two to four rewards this is quick; the number of facets grows fast beyond.
///
/// Source: Benson, An outer approximation algorithm for generating all efficient extreme points in the outcome set of a
/// multiple objective linear programming problem (1998); Forejt, Kwiatkowska and Parker, Pareto curves for probabilistic
/// model checking (2012).
public struct ParetoFront: Sendable {
  /// How near the inner and the outer approximation have to come, in units of the rewards.
  public var precision: Double
  /// Options of the weighted problems; the iteration limit is that of their number (10 000 by default).
  public var options: SolverOptions

  /// A front found to `precision`.
  public init(precision: Double = 1e-6, options: SolverOptions = SolverOptions()) {
    self.precision = precision
    self.options = options
  }

  /// The front of `rewards`, each to be as large, or as small, as its direction says.
  ///
  /// - Parameters:
  ///   - mdp: the world; its discount must be below 1.
  ///   - rewards: at least one.
  ///   - directions: one a reward; nil maximises all.
  /// - Returns: the vertices found, and the half-spaces that prove how near they are to all there is.
  /// - Throws: what ``DiscountedProblem/init(_:reward:direction:allowed:)`` throws,
  ///   ``SolverError/shape(of:expected:got:)``, ``SolverError/linearProgram(_:)``.
  public func solve(
    _ mdp: MDP, _ rewards: [Reward], directions: [Direction]? = nil
  ) throws(SolverError) -> ParetoApproximation {
    let directions = directions ?? rewards.map { _ in .maximise }
    guard !rewards.isEmpty, directions.count == rewards.count else {
      throw .shape(of: "directions", expected: max(1, rewards.count), got: directions.count)
    }
    var search = try ParetoSearch(mdp, rewards, directions, options)
    return try search.run(precision: precision, limit: options.iterationLimit ?? 10_000)
  }
}

/// What was found of a Pareto front, with the data that prove it.
public struct ParetoApproximation: Sendable, Equatable {
  /// A deterministic policy on the front.
  public struct Vertex: Sendable, Equatable {
    /// One action a state.
    public let policy: [Int]
    /// Its return under each reward.
    public let returns: [Double]
    /// The proven error of each of these.
    public let errorBound: Double
    /// Weights, summing to 1, of the problem that it solves.
    public let weights: [Double]
  }

  /// Σ w_i σ_i x_i ≤ `bound` for the returns x of every policy; σ_i is −1 for rewards that are minimised.
  public struct HalfSpace: Sendable, Equatable {
    /// w ≥ 0, summing to 1.
    public let weights: [Double]
    /// The proven optimum of the weighted problem.
    public let bound: Double
  }

  /// The vertices of the front, best in the first reward first; none is a mixture of others or beaten by one.
  public let vertices: [Vertex]
  /// The half-spaces that hold all achievable returns.
  public let halfSpaces: [HalfSpace]
  /// Every achievable vector is, up to this much in each coordinate, reached or beaten by a mixture of the vertices.
  public let precision: Double
  /// Whether the precision asked for was met, and if not, why.
  public let ending: Ending
  /// How many weighted problems were solved.
  public let problemCount: Int
}

/// The approximations under way; all rewards in maximum form.
private struct ParetoSearch {
  private let mdp: MDP
  private let rewards: [[Double]]
  private let directions: [Direction]
  private let options: SolverOptions
  private var vertices: [ParetoApproximation.Vertex] = []
  /// The returns of the vertices in maximum form.
  private var points: [[Double]] = []
  private var halfSpaces: [ParetoApproximation.HalfSpace] = []

  init(_ mdp: MDP, _ rewards: [Reward], _ directions: [Direction], _ options: SolverOptions) throws(SolverError) {
    self.mdp = mdp
    self.directions = directions
    var own = options
    own.iterationLimit = nil
    self.options = own
    var signed: [[Double]] = []
    for (reward, direction) in zip(rewards, directions) {
      do { signed.append(try reward.expected(in: mdp).map { direction.sign * $0 }) } catch { throw .model(error) }
    }
    self.rewards = signed
  }

  /// Solves the problem of one weighting: a vertex, and a half-space with its proven bound.
  private mutating func achieve(_ weights: [Double]) throws(SolverError) {
    var mixed = [Double](repeating: 0, count: rewards[0].count)
    var size = 0.0
    for k in mixed.indices where mdp.availability?[k] ?? true {
      var magnitude = 0.0
      for (w, reward) in zip(weights, rewards) {
        mixed[k] += w * reward[k]
        magnitude += abs(w * reward[k])
      }
      size = max(size, magnitude)
    }
    let problem = try DiscountedProblem(mdp, pairReward: mixed)
    let best = problem.solve(using: AutomaticSolver(options: options))
    let evaluation = try PolicyEvaluation(of: best.optimalPolicy, in: mdp)
    var (returns, error) = ([Double](), 0.0)
    for reward in rewards {
      let value = try evaluation.evaluate(pairReward: reward, tolerance: options.tolerance)
      returns.append(value.expectedReturn)
      error = max(
        error, Up.sum(value.expectedReturnBounds.upperBound, -value.expectedReturn),
        Up.sum(value.expectedReturn, -value.expectedReturnBounds.lowerBound))
    }
    // Mixing the rewards was rounded as well.
    let mixing = Up.quotient(
      Up.product(accumulatedRoundoff(2 * weights.count + 2), size.nextUp), problem.bellman.slack)
    halfSpaces.append(.init(weights: weights, bound: Up.sum(best.objectiveBounds.upperBound, mixing)))
    guard !vertices.contains(where: { $0.policy == best.policy }) else { return }
    points.append(returns)
    vertices.append(
      .init(
        policy: best.policy, returns: zip(returns, directions).map { $0 * $1.sign }, errorBound: error, weights: weights
      ))
  }

  mutating func run(precision: Double, limit: Int) throws(SolverError) -> ParetoApproximation {
    let count = rewards.count
    for i in 0..<count { try achieve((0..<count).map { $0 == i ? 1 : 0 }) }
    var outer = OuterApproximation(corner: halfSpaces.map(\.bound))
    var ending = Ending.converged
    var reached = 0.0
    var isSettled: [[Double]: Double] = [:]
    while let corner = outer.vertices.first(where: { isSettled[$0] == nil }) {
      let (distance, weights) = try distance(to: corner, from: points)
      // The error of the vertices themselves comes on top.
      if distance <= 0.9 * precision {
        isSettled[corner] = distance
        continue
      }
      if halfSpaces.count >= limit {
        ending = .iterationLimit
        isSettled[corner] = distance
        continue
      }
      if options.progress?(halfSpaces.count, distance) == false {
        ending = .cancelled
        break
      }
      let before = points.count
      try achieve(weights)
      let cut = outer.cut(weights, halfSpaces[halfSpaces.count - 1].bound)
      if !cut, points.count == before {
        // The proofs of the weighted problems leave this much open.
        isSettled[corner] = distance
        if ending == .converged { ending = .toleranceNotReached }
      }
    }
    // The inner approximation may have grown since a corner was looked at.
    for corner in outer.vertices {
      let known = isSettled[corner] ?? .infinity
      reached = max(reached, known <= precision ? known : try distance(to: corner, from: points).distance)
    }
    let error = vertices.reduce(0) { max($0, $1.errorBound) }
    let total = Up.sum(max(0, reached), error)
    try removeRedundant()
    return ParetoApproximation(
      vertices: vertices, halfSpaces: halfSpaces, precision: total,
      ending: total <= precision || ending != .converged ? ending : .toleranceNotReached,
      problemCount: halfSpaces.count)
  }

  /// The least t with `corner` − t reached or beaten by a mixture of `points`, and the weights of the facet it lies above.
  private func distance(
    to corner: [Double], from points: [[Double]]
  ) throws(SolverError) -> (distance: Double, weights: [Double]) {
    // The simplex method wants numbers of ordinary size: offsets from a point, in units of the largest.
    let origin = points[0]
    var unit = 0.0
    for point in points + [corner] { for (x, o) in zip(point, origin) { unit = max(unit, abs(x - o)) } }
    guard unit > 0 else { return (0, corner.map { _ in 1 / Double(corner.count) }) }
    let solution: LinearProgramSolution
    do {
      var program = LinearProgram(.minimise)
      for (x, o) in zip(corner, origin) { try program.addRow(.atLeast((x - o) / unit)) }
      try program.addRow(.equal(1))
      for point in points {
        let entries = point.indices.map { (row: $0, value: (point[$0] - origin[$0]) / unit) }
        try program.addColumn(cost: 0, entries: entries + [(row: corner.count, value: 1)])
      }
      try program.addColumn(cost: 1, bounds: .free, entries: corner.indices.map { (row: $0, value: 1) })
      solution = try program.solve()
    } catch {
      throw .linearProgram("\(error)")
    }
    guard solution.status == .optimal else { throw .linearProgram("the solver stopped at \(solution.status)") }
    // From the mixture itself, so that it holds whatever the simplex method did.
    let shares = solution.primal.prefix(points.count).map { max(0, $0) }
    let total = shares.reduce(0, +)
    var distance = -Double.infinity
    for i in corner.indices {
      var mixture = 0.0
      for (share, point) in zip(shares, points) { mixture += share / total * point[i] }
      distance = max(distance, corner[i] - mixture)
    }
    let weights = solution.dual.prefix(corner.count).map { max(0, $0) }
    let sum = weights.reduce(0, +)
    return (distance, sum > 0 ? weights.map { $0 / sum } : corner.map { _ in 1 / Double(corner.count) })
  }

  /// Drops vertices that mixtures of the others reach or beat, and sorts the rest.
  private mutating func removeRedundant() throws(SolverError) {
    var kept = Array(vertices.indices)
    for i in vertices.indices where kept.count > 1 {
      let others = kept.filter { $0 != i }
      let size = points[i].largestMagnitude
      let slack = try distance(to: points[i], from: others.map { points[$0] }).distance
      if slack <= max(vertices[i].errorBound, size * 1e-12) { kept = others }
    }
    let order = kept.sorted { i, j in points[j].lexicographicallyPrecedes(points[i]) }
    vertices = order.map { vertices[$0] }
  }
}

/// { x : Σ w_i x_i ≤ b for each half-space }, kept as its vertices beside the rays −e_i, by the double description method.
///
/// Source: Motzkin, Raiffa, Thompson and Thrall, The double description method (1953); Fukuda and Prodon (1996) for the test
/// of adjacency.
private struct OuterApproximation {
  /// A vertex, or a ray (`isRay`), with the numbers of the half-spaces that it lies on; number 0 is infinity.
  private struct Generator {
    var point: [Double]
    var isRay: Bool
    var tight: Set<Int>
  }

  private var generators: [Generator]
  private var count: Int

  /// The corner below which all lies, coordinate by coordinate.
  init(corner: [Double]) {
    let n = corner.count
    count = n + 1
    generators = [Generator(point: corner, isRay: false, tight: Set(1...n))]
    for i in 0..<n {
      generators.append(
        Generator(
          point: (0..<n).map { $0 == i ? -1 : 0 }, isRay: true, tight: Set(0...n).subtracting([i + 1])))
    }
  }

  /// The vertices.
  var vertices: [[Double]] { generators.filter { !$0.isRay }.map(\.point) }

  /// Cuts along Σ w x ≤ b; returns whether anything was cut off.
  mutating func cut(_ weights: [Double], _ bound: Double) -> Bool {
    let room = generators.map { generator in
      let value = zip(weights, generator.point).reduce(0) { $0 + $1.0 * $1.1 }
      return (generator.isRay ? 0 : bound) - value
    }
    let size = max(abs(bound), generators.reduce(0) { $1.isRay ? $0 : max($0, $1.point.largestMagnitude) })
    let tolerance = 1e-13 * size
    let (off, kept) = (
      generators.indices.filter { room[$0] < -tolerance && !generators[$0].isRay },
      generators.indices.filter { room[$0] >= -tolerance || generators[$0].isRay }
    )
    guard !off.isEmpty else { return false }
    let number = count
    count += 1
    var next = kept.map { generators[$0] }
    for (place, i) in kept.enumerated() where room[i] <= tolerance && !(generators[i].isRay && room[i] > 0) {
      next[place].tight.insert(number)
    }
    let dimension = weights.count
    for i in off {
      for j in kept where room[j] > tolerance || generators[j].isRay && room[j] > 0 {
        let common = generators[i].tight.intersection(generators[j].tight)
        guard common.count >= dimension - 1 else { continue }
        let isEdge = generators.indices.allSatisfy { k in
          k == i || k == j || !common.isSubset(of: generators[k].tight)
        }
        guard isEdge else { continue }
        let point: [Double]
        if generators[j].isRay {
          let step = -room[i] / room[j]
          point = zip(generators[i].point, generators[j].point).map { $0 + step * $1 }
        } else {
          let share = room[j] / (room[j] - room[i])
          point = zip(generators[i].point, generators[j].point).map { share * $0 + (1 - share) * $1 }
        }
        next.append(Generator(point: point, isRay: false, tight: common.union([number])))
      }
    }
    generators = next
    return true
  }
}
