public import Simulation

/// An explorer with its options, by the name that commands and tables use.
public enum ExplorationMethod: Sendable, Equatable {
  /// HF-UCRL-RFE++ with either planner.
  case horizonFree(HorizonFreeExploration)
  /// UCRL-RFE or UCRL-RFE+.
  case ucrlRFE(UCRLRFEExploration)
  /// RF-UCRL or RF-Express.
  case tabular(TabularExploration)
  /// Uniform actions.
  case uniform

  /// Starts exploring `world` from the random stream of `seed`.
  ///
  /// - Throws: ``ExplorationError`` naming an option out of range.
  public func session(in world: LinearMixtureMDP, seed: UInt64) throws(ExplorationError) -> ExplorationSession {
    switch self {
    case .horizonFree(let options): try options.session(in: world, seed: seed)
    case .ucrlRFE(let options): try options.session(in: world, seed: seed)
    case .tabular(let options): try options.session(in: world, seed: seed)
    case .uniform: UniformExploration().session(in: world, seed: seed)
    }
  }

  /// The estimator that the method is judged by unless another is asked for.
  public var defaultEstimator: ModelEstimator {
    switch self {
    case .horizonFree, .ucrlRFE: .targeted
    case .tabular: .empirical
    case .uniform: .oneHot
    }
  }
}

/// One explorer in one world, repeated: what the learnt model is worth for all rewards, as episodes go by.
///
/// Replicate i explores from the random stream of seed + i; the result is the same whatever the number of threads.
public struct ExplorationExperiment: Sendable {
  /// The world.
  public var world: LinearMixtureMDP
  /// The explorer.
  public var method: ExplorationMethod
  /// How the kernel is estimated.
  public var estimator: ModelEstimator
  /// The numbers of episodes at which the model is judged, increasing.
  public var checkpoints: [Int]
  /// The number of repetitions.
  public var replicates = 5
  /// The seed of the first repetition.
  public var seed: UInt64 = 1
  /// Pairs s · A + a whose visits are counted.
  public var watchedPairs: [Int] = []
  /// How many repetitions run at the same time; all processors when nil.
  public var workers: Int?

  /// An experiment judged by the default estimator of its method.
  public init(_ world: LinearMixtureMDP, _ method: ExplorationMethod, checkpoints: [Int]) {
    self.world = world
    self.method = method
    self.checkpoints = checkpoints
    estimator = method.defaultEstimator
  }

  /// What is measured at a checkpoint.
  public enum Quantity: Int, Sendable, CaseIterable {
    /// The planning error of the reward that the adversary found: the worst case is at least this.
    case found
    /// C, the explorer's certificate; not a number where it gives none.
    case certificate
    /// The separation D: the worst case is at most 2 D.
    case separation
    /// The visits of the watched pairs.
    case watchedVisits
    /// β, the radius in use; not a number where there is none.
    case radius
    /// Unconverged estimates: 1 or 0.
    case unconverged
    /// V̂ at the start in the last plan; not a number where there is none.
    case startValue
    /// ‖θ̂ − θ‖ of the model's parameter; not a number for a tabular estimate.
    case parameterDistance
  }

  /// The outcome.
  public struct Outcome: Sendable {
    /// The numbers of episodes.
    public let checkpoints: [Int]
    /// The statistics over replicates, quantity q of checkpoint c at c · (number of quantities) + q.
    public let statistics: SampleStatistics

    /// The mean of `quantity` at checkpoint number `checkpoint`; not a number where it is not defined.
    public func mean(_ quantity: Quantity, at checkpoint: Int) -> Double {
      statistics.means[checkpoint * Quantity.allCases.count + quantity.rawValue]
    }

    /// The standard error of that mean.
    public func standardError(_ quantity: Quantity, at checkpoint: Int) -> Double {
      statistics.standardError(checkpoint * Quantity.allCases.count + quantity.rawValue)
    }
  }

  /// Runs all replicates.
  ///
  /// - Throws: ``ExplorationError`` naming an option out of range, checkpoints that do not increase, or an estimator that
  ///   the method does not offer.
  public func run() throws(ExplorationError) -> Outcome {
    guard let first = checkpoints.first, first >= 1, zip(checkpoints, checkpoints.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw .parameter(name: "checkpoint", value: Double(checkpoints.first ?? 0), needed: "at least 1 and increasing")
    }
    try requirePositive(replicates, "replicates")
    if let pair = watchedPairs.first(where: { !(0..<world.features.pairCount).contains($0) }) {
      throw .parameter(
        name: "watched pair", value: Double(pair), needed: "from 0 to \(world.features.pairCount - 1)")
    }
    let width = checkpoints.count * Quantity.allCases.count
    let result = try Replicates(count: replicates, workers: workers).run(width: width) {
      (replicate: Int) throws(ExplorationError) -> [Double] in
      try row(seed: seed &+ UInt64(replicate))
    }
    return Outcome(checkpoints: checkpoints, statistics: result.statistics)
  }

  private func row(seed: UInt64) throws(ExplorationError) -> [Double] {
    var session = try method.session(in: world, seed: seed)
    var row: [Double] = []
    for checkpoint in checkpoints {
      try session.run(episodes: checkpoint - session.episodes)
      let model = try session.model(estimator)
      let found = TieFillingAdversary().worstCase(
        truth: world.kernel, model: model.kernel, horizon: world.horizon, start: world.startState)
      let coupling = CouplingBound(world.kernel, model.kernel, horizon: world.horizon, start: world.startState)
      let certificate = try session.certificate()
      let visits = session.visits
      row += [
        found.value, certificate?.value ?? .nan, coupling.separation,
        Double(watchedPairs.reduce(0) { $0 + visits[$1] }), certificate?.radius ?? .nan, model.isConverged ? 0 : 1,
        session.startValue ?? .nan,
        model.parameter.map { squaredNorm(zip($0, world.parameter).map { $0 - $1 }).squareRoot() } ?? .nan,
      ]
    }
    return row
  }
}
