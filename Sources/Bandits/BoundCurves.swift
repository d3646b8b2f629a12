internal import RealModule

/// A bound as a curve over the checkpoints of an experiment, to be drawn beside its data.
public struct BoundCurve: Sendable, Equatable {
  /// What the label says.
  public let name: String
  /// The bound at every checkpoint.
  public let values: [Double]
}

extension BanditExperiment {
  /// The bounds that say something about this experiment: upper bounds of its policies where their conditions hold, and
  /// lower bounds of its kind of problem.
  ///
  /// A bound that is proven for one horizon only is drawn level at its value for T, and named so.
  public var boundCurves: [BoundCurve] {
    let horizon = problem.horizon, armCount = problem.armCount
    guard horizon > 0 else { return [] }
    var curves: [BoundCurve] = []
    func add(_ name: String, _ value: (Int) throws(BanditError) -> Double) {
      var values: [Double] = []
      do throws(BanditError) {
        for step in checkpoints { values.append(try value(step)) }
      } catch { return }  // Its conditions do not hold here.
      if values.contains(where: { $0 > 0 }) { curves.append(BoundCurve(name: name, values: values)) }
    }
    func level(_ name: String, _ value: () throws(BanditError) -> Double) {
      add("\(name) at T") { _ throws(BanditError) in try value() }
    }
    func first(_ name: String) -> PolicyChoice? { policies.first { $0.entry.name == name } }
    switch problem.model {
    case .stochastic(let bandit):
      guard bandit.delay == .none, bandit.drift == 0 else { return [] }
      let means = bandit.means
      if bandit.isBernoulli {
        add("Lai–Robbins") { step throws(BanditError) in
          try BanditBound.laiRobbins(means: means) * Double.log(Double(step))
        }
      }
      if let sigma = bandit.commonSigma {
        add("Lai–Robbins") { step throws(BanditError) in
          try BanditBound.laiRobbinsGaussian(means: means, sigma: sigma) * Double.log(Double(step))
        }
      }
      guard bandit.isInUnitInterval else { return curves }
      add("worst case, lower") { step throws(BanditError) in
        try BanditBound.minimaxLower(armCount: armCount, horizon: step)
      }
      if first("ucb1") != nil {
        add("UCB1 bound") { step throws(BanditError) in try BanditBound.ucb1(means: means, horizon: step) }
      }
      if first("moss") != nil {
        level("MOSS bound") { () throws(BanditError) in
          try BanditBound.moss(armCount: armCount, horizon: horizon)
        }
      }
      if let exp3 = first("exp3"), exp3.parameters["gamma"] == nil {
        level("EXP3 bound") { () throws(BanditError) in try BanditBound.exp3(armCount: armCount, horizon: horizon) }
      }
    case .tallying(let bandit, let noise):
      // The bounds are on complete policy regret; against T μ* they hold where that is the larger benchmark.
      guard benchmark == .complete || benchmark == .saturated else { return [] }
      if bandit.hasCounts {
        level("lower bound m K / 128") { () throws(BanditError) in
          try BanditBound.tallyingLower(armCount: armCount, memory: bandit.memory)
        }
      }
      let isExposed = policies.contains { $0.entry.name == "se_wtb" } && RepeatedExposure.holdsStrongly(for: bandit)
      for policy in policies where policy.entry.name == "se_wtb" && isExposed {
        let burnIn = policy.parameters["M"].map { Int($0) } ?? bandit.memory
        guard burnIn >= bandit.memory else { continue }
        level("SE-WTB bound, M = \(burnIn),") { () throws(BanditError) in
          try BanditBound.burnInElimination(
            armCount: armCount, horizon: horizon, burnIn: burnIn, delta: policy.parameters["delta"] ?? 0.05,
            firstSamples: policy.parameters["n1"].map { Int($0) }
          ).bound
        }
      }
      if benchmark == .complete, noise == .none, first("algdet") != nil {
        level("ALGdet bound") { () throws(BanditError) in
          try BanditBound.noiseFreeTallying(armCount: armCount, memory: bandit.memory)
        }
      }
      if benchmark == .complete, let policy = first("se_tb") {
        level("SE-TB bound") { () throws(BanditError) in
          try BanditBound.tallyingElimination(
            armCount: armCount, memory: bandit.memory, horizon: horizon, delta: policy.parameters["delta"] ?? 0.05)
        }
      }
    }
    return curves
  }
}

extension StochasticBandit {
  /// The standard deviation that all arms share, when all are Gaussian.
  var commonSigma: Double? {
    guard case .gaussian(_, let sigma)? = arms.first, sigma > 0 else { return nil }
    let isShared = arms.allSatisfy { if case .gaussian(_, sigma) = $0 { true } else { false } }
    return isShared ? sigma : nil
  }
}

extension RepeatedExposure {
  /// Whether the strong form is known to hold, without a search for cycles.
  static func holdsStrongly(for bandit: TallyingBandit) -> Bool {
    let lower = (0..<bandit.armCount).map { AttainableMinimum(bandit, arm: $0).lower }.min() ?? 0
    return (0..<bandit.armCount).contains { bandit.saturatedLoss(of: $0) <= lower + tolerance }
  }
}
