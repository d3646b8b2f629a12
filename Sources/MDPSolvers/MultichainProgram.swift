internal import LinearPrograms
internal import MDPs

/// The linear program of the average criterion for models of any structure:
///
/// ```
/// max Σ x r   subject to   Σ_a x(t, a) − Σ p(t | s, a) x(s, a) = 0,
///                          Σ_a x(t, a) + Σ_a y(t, a) − Σ p(t | s, a) y(s, a) = w(t),   x, y ≥ 0
/// ```
///
/// x are the long-run shares of the pairs, y the transient visits; the dual variables are gain and bias.
///
/// Source: Hordijk and Kallenberg, Linear programming and Markov decision chains (1979); Puterman, Markov Decision
/// Processes (1994), §9.3.
struct MultichainProgram {
  let bellman: BellmanOperator
  /// Made positive everywhere, so that the policy of every state is determined.
  let weights: [Double]

  init(_ bellman: BellmanOperator, weights: [Double]) {
    self.bellman = bellman
    self.weights = weights.map { $0 / 2 + 0.5 / Double(bellman.stateCount) }
  }

  /// The policy of the last point of the simplex method: where a state is recurrent the action of its long-run share, else
  /// that of its transient visits. A point that was not confirmed as optimal (blocks that hardly leak into each other) is
  /// as good a start of policy iteration, which proves for itself.
  ///
  /// - Throws: ``SolverError/linearProgram(_:)`` when there is no such point.
  func policy() throws(SolverError) -> [Int32] {
    let (stateCount, width) = (bellman.stateCount, bellman.actionCount)
    let scale = bellman.rewardMagnitude > 0 ? bellman.rewardMagnitude : 1
    let pairs = bellman.rewards.indices.filter { bellman.rewards[$0] > -.infinity }
    let solution: LinearProgramSolution
    do {
      var program = LinearProgram(.maximise)
      for _ in 0..<stateCount { try program.addRow(.equal(0)) }
      for w in weights { try program.addRow(.equal(w)) }
      for k in pairs {
        let flow = bellman.flow(ofPair: k).filter { $0.1 != 0 }
        try program.addColumn(
          cost: bellman.rewards[k] / scale,
          entries: flow.map { (row: $0.0, value: $0.1) } + [(row: stateCount + k / width, value: 1)])
      }
      for k in pairs {
        let flow = bellman.flow(ofPair: k).filter { $0.1 != 0 }
        try program.addColumn(cost: 0, entries: flow.map { (row: stateCount + $0.0, value: $0.1) })
      }
      solution = try program.solve()
    } catch {
      throw .linearProgram("\(error)")
    }
    guard solution.primal.allSatisfy(\.isFinite) else {
      throw .linearProgram("the solver stopped at \(solution.status)")
    }
    var policy = [Int32](repeating: -1, count: stateCount)
    for part in 0..<2 {
      var most = [Double](repeating: 1e-12, count: stateCount)
      let isOpen = policy.map { $0 < 0 }
      for (i, k) in pairs.enumerated() where isOpen[k / width] {
        let x = solution.primal[part * pairs.count + i]
        guard x > most[k / width] else { continue }
        most[k / width] = x
        policy[k / width] = Int32(k % width)
      }
    }
    for k in pairs where policy[k / width] < 0 { policy[k / width] = Int32(k % width) }
    return policy
  }
}
