internal import LinearAlgebra
public import MDPs

/// A finite-horizon world whose time-homogeneous kernel is linear in known features: P(t | s, a) = ⟨φ(t | s, a), θ⟩.
///
/// Rewards are not part of it: reward-free exploration learns the kernel before any reward is given.
public struct LinearMixtureMDP: Sendable, Equatable {
  /// φ, known to the learner.
  public let features: MixtureFeatures
  /// θ, shape (d), unknown to the learner.
  public let parameter: [Double]
  /// H: the number of steps of an episode.
  public let horizon: Int
  /// s₁: where an episode starts.
  public let startState: Int
  /// P: the kernel that φ and θ make.
  public let kernel: TransitionKernel

  /// S: the number of states.
  public var stateCount: Int { features.stateCount }
  /// A: the number of actions.
  public var actionCount: Int { features.actionCount }
  /// d: the number of features.
  public var dimension: Int { features.dimension }
  /// ‖θ‖₂.
  public var parameterNorm: Double { squaredNorm(parameter).squareRoot() }
  /// B = max(1, ‖θ‖₂): the smallest bound that the theory allows.
  public var parameterBound: Double { max(1, parameterNorm) }

  /// Checks that the parts make a world.
  ///
  /// - Throws: ``ExplorationError`` naming the first thing that is wrong: H < 1, a start state that is not there, a
  ///   parameter of another size or not finite, a row of the kernel that is no distribution within
  ///   ``TransitionKernel/tolerance``.
  /// - Complexity: O(S² A d)
  public init(features: MixtureFeatures, parameter: [Double], horizon: Int, startState: Int = 0)
    throws(ExplorationError)
  {
    try requirePositive(horizon, "horizon")
    guard (0..<features.stateCount).contains(startState) else {
      throw .parameter(
        name: "start state", value: Double(startState), needed: "from 0 to \(features.stateCount - 1)")
    }
    guard parameter.count == features.dimension else {
      throw .shape(of: "theta", expected: [features.dimension], got: [parameter.count])
    }
    if let i = parameter.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(of: "theta", index: [i], value: parameter[i])
    }
    let kernel = try TransitionKernel(
      stateCount: features.stateCount, actionCount: features.actionCount, probabilities: features.mixture(parameter))
    self.init(features: features, parameter: parameter, horizon: horizon, startState: startState, kernel: kernel)
  }

  private init(
    features: MixtureFeatures, parameter: [Double], horizon: Int, startState: Int, kernel: TransitionKernel
  ) {
    self.features = features
    self.parameter = parameter
    self.horizon = horizon
    self.startState = startState
    self.kernel = kernel
  }

  /// The same world with features of radius at most 1: φ divided by its radius, θ multiplied by it.
  ///
  /// - Complexity: that of ``FeatureRadius``
  public func normalised() -> LinearMixtureMDP {
    let radius = FeatureRadius(features).value
    guard radius > 0 else { return self }
    return LinearMixtureMDP(
      features: features.divided(by: radius), parameter: parameter.map { $0 * radius }, horizon: horizon,
      startState: startState, kernel: kernel)
  }

  /// The same world with another horizon.
  ///
  /// - Throws: ``ExplorationError/parameter(name:value:needed:)`` for a horizon below 1.
  public func with(horizon: Int) throws(ExplorationError) -> LinearMixtureMDP {
    try requirePositive(horizon, "horizon")
    return LinearMixtureMDP(
      features: features, parameter: parameter, horizon: horizon, startState: startState, kernel: kernel)
  }

  /// The kernel as a model for the planners of stationary problems; the horizon is left behind.
  ///
  /// - Throws: `MDPError` for a discount out of range.
  public func mdp(discount: Double) throws(MDPError) -> MDP {
    var matrix = Matrix(rowCount: features.pairCount, columnCount: stateCount)
    for row in 0..<features.pairCount {
      for t in 0..<stateCount { matrix[row, t] = kernel.probabilities[row * stateCount + t] }
    }
    var start = [Double](repeating: 0, count: stateCount)
    start[startState] = 1
    return try MDP(
      actionCount: actionCount, transitions: .dense(matrix), discount: discount, initialDistribution: start)
  }
}
