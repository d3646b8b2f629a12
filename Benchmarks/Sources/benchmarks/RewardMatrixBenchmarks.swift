internal import CPeers
internal import RewardGauge

/// Distance matrices of many rewards, beside nothing but the matrix products behind them.
enum RewardMatrixBenchmarks {
  static let all = [
    Benchmark("distances/matrix") { [try matrix("VAL-2-2"), try matrix("Projection-2-angle")] }
  ]

  private static let (states, actions, rewards) = (500, 4, 1000)

  /// From rewards by pair to all distances, everything included, but for the world itself and its factorisations.
  private static func matrix(_ name: String) throws -> Comparison {
    var generator = BenchmarkGenerator(seed: 8)
    let (S, A, n) = (states, actions, rewards)
    var transitions = Matrix(rowCount: S * A, columnCount: S)
    for row in 0..<(S * A) {
      let weights = (0..<S).map { _ in generator.uniform() + 1e-3 }
      let sum = weights.reduce(0, +)
      for t in 0..<S { transitions[row, t] = weights[t] / sum }
    }
    let world = try ComparisonWorld(MDP(actionCount: A, transitions: .dense(transitions), discount: 0.95))
    let given = try (0..<n).map { i in
      Reward(
        name: "r\(i)",
        values: .pair(
          try Matrix(rowCount: S, columnCount: A, elements: (0..<(S * A)).map { _ in generator.uniform() - 0.5 })))
    }
    let measure = try PairMeasure(name: name)
    // Both sides have the factorisations made.
    _ = try world.matrix(of: measure, try world.admit(Array(given[0..<4])))
    let forms = Matrix(rowCount: n, columnCount: S * A, repeating: 0.5)
    let values = Matrix(rowCount: S, columnCount: n, repeating: 0.25)
    var system = Matrix.identity(S)
    for i in 0..<S { for j in 0..<S { system[i, j] -= 0.95 * transitions[i * A, j] } }
    let factors = try LUFactorisation(system)
    let isProjection = name.hasPrefix("Projection")
    let basis = isProjection ? Matrix(rowCount: S * A, columnCount: S - 1, repeating: 0.01) : nil
    let transposed = forms.transposed
    return try .measure(
      "\(name), \(n) rewards on \(S)x\(A)", peer: "its matrix products", bar: 3,
      ours: { try world.matrix(of: measure, try world.admit(given)).values[0, 1] },
      theirs: {
        var sum = 0.0
        if let basis {
          // Two passes: coefficients, the part in the range of the shaping, and the shaping itself.
          for _ in 0..<2 {
            let coefficients = try basis.transposeMultiplied(by: transposed)
            sum += try basis.multiplied(by: coefficients)[0, 0]
            sum += try transitions.multiplied(by: values)[0, 0]
          }
        } else {
          // Two solves with all right-hand sides, and P V.
          for _ in 0..<2 { sum += try factors.solve(values)[0, 0] }
          sum += try transitions.multiplied(by: values)[0, 0]
        }
        return sum + (try forms.multiplied(by: transposed)[0, 0])
      })
  }
}
