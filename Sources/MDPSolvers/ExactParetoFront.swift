public import LinearAlgebra
internal import MDPs

/// The vertices of the Pareto front of two rewards in rational arithmetic, by bisection of the weights: level E4.
///
/// Between two neighbouring points of the front lies nothing exactly when the problem weighted by the normal of the line
/// through them has no better optimum, and that is decided exactly.
///
/// Source: Forejt, Kwiatkowska and Parker, Pareto curves for probabilistic model checking (2012); Dixon (1982) for the
/// linear systems.
public struct ExactParetoFront: Sendable {
  /// Options of the floating-point starts.
  public var options: SolverOptions

  /// The exact front of two rewards.
  public init(options: SolverOptions = SolverOptions()) { self.options = options }

  /// One vertex.
  public struct Vertex: Sendable, Equatable {
    /// One action a state.
    public let policy: [Int]
    /// The return of each of the two rewards.
    public let returns: [Rational]
  }

  /// The vertices, best in the first reward first.
  ///
  /// - Parameters:
  ///   - first: the model with the first reward.
  ///   - second: the same model with the second reward.
  ///   - directions: whether each is maximised or minimised.
  /// - Returns: the vertices of the front and no other points.
  /// - Throws: ``SolverError/exactSystem(_:)``, ``SolverError/shape(of:expected:got:)`` when the models differ, and what
  ///   ``DiscountedProblem/init(_:pairReward:direction:allowed:)`` throws.
  public func solve(
    _ first: RationalModel, _ second: RationalModel, directions: [Direction] = [.maximise, .maximise]
  ) throws(SolverError) -> [Vertex] {
    guard directions.count == 2 else { throw .shape(of: "directions", expected: 2, got: directions.count) }
    guard first.rewards.count == second.rewards.count else {
      throw .shape(of: "second reward", expected: first.rewards.count, got: second.rewards.count)
    }
    let signs = directions.map { Rational($0 == .maximise ? 1 : -1) }
    let search = WeightedProblems(
      model: first, rewards: [first.rewards.map { signs[0] * $0 }, second.rewards.map { signs[1] * $0 }],
      options: options)
    var front = [try search.optimum([1, 0], thenBy: [0, 1])]
    var pending = [try search.optimum([0, 1], thenBy: [1, 0])]
    while let next = pending.last, let last = front.last {
      let (a, b) = (next.returns[1] - last.returns[1], last.returns[0] - next.returns[0])
      guard a.sign > 0, b.sign > 0 else {
        pending.removeLast()
        continue
      }
      // Among the optimal policies the best in the first reward is a vertex.
      let between = try search.optimum([a, b], thenBy: [1, 0])
      let gain = a * (between.returns[0] - last.returns[0]) + b * (between.returns[1] - last.returns[1])
      if gain.sign > 0 {
        pending.append(between)
      } else {
        front.append(next)
        pending.removeLast()
      }
    }
    return front.map { vertex in
      Vertex(policy: vertex.policy, returns: zip(signs, vertex.returns).map { $0 * $1 })
    }
  }
}

/// Exact optima of weighted sums of two rewards.
private struct WeightedProblems {
  let model: RationalModel
  /// In maximum form.
  let rewards: [[Rational]]
  let options: SolverOptions

  /// The policy that is best in `weights` and, among those, in `other`.
  func optimum(
    _ weights: [Rational], thenBy other: [Rational]
  ) throws(SolverError) -> ExactParetoFront.Vertex {
    let all = model.rewards.indices.map { model.mdp.availability?[$0] ?? true }
    let best = try solve(weights, among: all)
    let answer = try solve(other, among: best.isOptimal)
    var returns: [Rational] = []
    for reward in rewards {
      let values = try problem(reward, among: all).values(of: answer.policy).values
      returns.append(zip(model.initialDistribution, values).reduce(0) { $0 + $1.0 * $1.1 })
    }
    return .init(policy: answer.policy.map { Int($0) }, returns: returns)
  }

  private func solve(_ weights: [Rational], among allowed: [Bool]) throws(SolverError) -> RationalProblem.Answer {
    let mixed = zip(rewards[0], rewards[1]).map { weights[0] * $0 + weights[1] * $1 }
    // The float solve only finds a start; its numbers need ordinary size.
    let size = mixed.reduce(Rational(0)) { max($0, $1.magnitude) }
    let scale = size.sign > 0 ? size : 1
    let start = try DiscountedProblem(model.mdp, pairReward: mixed.map { Double($0 / scale) }, allowed: allowed)
      .solve(using: AutomaticSolver(options: options))
    return try problem(mixed, among: allowed).solve(from: start.policy.map { Int32($0) }, keepsPolicy: false)
  }

  private func problem(_ reward: [Rational], among allowed: [Bool]) -> RationalProblem {
    RationalProblem(
      stateCount: model.mdp.stateCount, actionCount: model.mdp.actionCount, rowStarts: model.rows.rowStarts,
      columns: model.rows.columns, weights: model.probabilities.map { $0 * model.discount },
      rewards: zip(allowed, reward).map { $0 ? $1 : nil })
  }
}
