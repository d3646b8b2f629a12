/// The known part of a linear mixture MDP: φ, with which P(t | s, a) = Σ_i φ[s, a, i, t] θ[i].
///
/// For a pair, Φ(s, a) is a d × S matrix, row-major; for a function V on states φ_V(s, a) = Φ(s, a) V, so that
/// (P V)(s, a) = ⟨φ_V(s, a), θ⟩. Single φ[·, ·, i, ·] may be signed measures.
///
/// Found: Ayoub et al. 2020 (arXiv 2006.01107); definition 2.3.1 of the dissertation behind arXiv 2303.10165.
public struct MixtureFeatures: Sendable, Equatable {
  /// S: the number of states.
  public let stateCount: Int
  /// A: the number of actions.
  public let actionCount: Int
  /// d: the number of features.
  public let dimension: Int
  /// φ, shape (S, A, d, S), the last index fastest: entry (s, a, i, t) is at ((s · A + a) · d + i) · S + t.
  public let values: [Double]

  /// Checks and keeps the features.
  ///
  /// - Throws: ``ExplorationError/parameter(name:value:needed:)``, ``ExplorationError/shape(of:expected:got:)`` or
  ///   ``ExplorationError/notFinite(of:index:value:)``.
  public init(stateCount: Int, actionCount: Int, dimension: Int, values: [Double]) throws(ExplorationError) {
    try requirePositive(stateCount, "states")
    try requirePositive(actionCount, "actions")
    try requirePositive(dimension, "d")
    guard values.count == stateCount * actionCount * dimension * stateCount else {
      throw .shape(of: "phi", expected: [stateCount, actionCount, dimension, stateCount], got: [values.count])
    }
    if let k = values.firstIndex(where: { !$0.isFinite }) {
      let (t, i) = (k % stateCount, k / stateCount % dimension)
      let pair = k / stateCount / dimension
      throw .notFinite(of: "phi", index: [pair / actionCount, pair % actionCount, i, t], value: values[k])
    }
    self.init(stateCount: stateCount, actionCount: actionCount, dimension: dimension, sound: values)
  }

  /// Features that are known to be sound.
  init(stateCount: Int, actionCount: Int, dimension: Int, sound values: [Double]) {
    self.stateCount = stateCount
    self.actionCount = actionCount
    self.dimension = dimension
    self.values = values
  }

  /// The number of state-action pairs, S · A.
  public var pairCount: Int { stateCount * actionCount }

  /// φ[·, ·, i, t] for the pair s · A + a: the feature vector of one transition, shape (d).
  public func transition(pair: Int, next: Int) -> [Double] {
    (0..<dimension).map { values[(pair * dimension + $0) * stateCount + next] }
  }

  /// φ_V(s, a) = Φ(s, a) V for the pair s · A + a, shape (d).
  ///
  /// - Complexity: O(d S)
  public func value(pair: Int, of function: [Double]) -> [Double] {
    precondition(function.count == stateCount, "one value a state is needed")
    return (0..<dimension).map { i in
      let start = (pair * dimension + i) * stateCount
      var sum = 0.0
      for t in 0..<stateCount { sum += values[start + t] * function[t] }
      return sum
    }
  }

  /// Σ_i φ[s, a, i, t] θ[i] for every (s, a, t): a kernel when θ is a valid parameter. Shape (S, A, S).
  ///
  /// - Complexity: O(S² A d)
  public func mixture(_ parameter: [Double]) -> [Double] {
    precondition(parameter.count == dimension, "one entry a feature is needed")
    var result = [Double](repeating: 0, count: pairCount * stateCount)
    for pair in 0..<pairCount {
      for i in 0..<dimension {
        let start = (pair * dimension + i) * stateCount
        for t in 0..<stateCount { result[pair * stateCount + t] += values[start + t] * parameter[i] }
      }
    }
    return result
  }

  /// The kernel of a parameter: the mixture, with negative entries clipped, rows renormalised and vanishing rows uniform.
  public func kernel(_ parameter: [Double]) -> TransitionKernel {
    TransitionKernel(stateCount: stateCount, actionCount: actionCount, renormalising: mixture(parameter))
  }

  /// Features divided by `scale`, which is positive.
  func divided(by scale: Double) -> MixtureFeatures {
    MixtureFeatures(
      stateCount: stateCount, actionCount: actionCount, dimension: dimension, sound: values.map { $0 / scale })
  }
}
