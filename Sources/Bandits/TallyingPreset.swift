internal import RealModule

/// Named tallying problems: the special cases of the model, and the experiments of `reproduce weighted-tallying-bandits`.
public enum TallyingPreset: String, Sendable, CaseIterable {
  /// Memory 1: a plain stochastic bandit.
  case stochastic
  /// Unit weights: what counts is how often an arm was among the last m plays.
  case tallying
  /// Unit weights, every loss grows with the tally.
  case congested
  /// Unit weights, nothing forgotten, losses grow.
  case rotting
  /// Unit weights, nothing forgotten, losses fall and flatten.
  case improving
  /// Unit weights, nothing forgotten, losses fall and then rise.
  case singlePeaked = "single-peaked"
  /// Plays fade geometrically.
  case fadingGeometric = "fading-geometric"
  /// Plays fade in a straight line.
  case fadingLinear = "fading-linear"
  /// Plays fade by a power law.
  case fadingPowerLaw = "fading-power-law"
  /// A secret pattern of plays is the only way to a loss of 0: intractable without repeated exposure.
  case needle
  /// E1: the best arm needs practice, the others are constant.
  case slowBestArm = "slow-best-arm"
  /// E2: all arms need practice.
  case allNeedPractice = "all-need-practice"
  /// E4: the best arm is the worst until its window is full.
  case cliff
  /// E5: the lower-bound instance; one hidden arm is better, and only once its window is full.
  case hidden

  /// What it is, in a sentence.
  public var summary: String {
    switch self {
    case .stochastic: "stochastic bandit: m = 1"
    case .tallying: "tallying bandit: unit weights"
    case .congested: "congested bandit: unit weights, losses grow with the tally"
    case .rotting: "rotting bandit: nothing forgotten, losses grow"
    case .improving: "improving bandit: nothing forgotten, losses fall and flatten"
    case .singlePeaked: "single-peaked bandit: nothing forgotten, losses fall and then rise"
    case .fadingGeometric: "memory that fades geometrically, w[j] = 0.8^j"
    case .fadingLinear: "memory that fades in a straight line, w[j] = 1 - j/m"
    case .fadingPowerLaw: "memory that fades by a power law, w[j] = (1 + j)^(-1)"
    case .needle: "hardness: only a secret pattern of plays has loss 0"
    case .slowBestArm: "E1: the best arm needs practice"
    case .allNeedPractice: "E2: all arms need practice"
    case .cliff: "E4: the best arm is the worst until its window is full"
    case .hidden: "E5: one hidden arm is better, once its window is full"
    }
  }

  /// The problem at its standard size.
  ///
  /// - Parameter horizon: T; the preset's own when nil.
  /// - Returns: The problem, with Bernoulli noise unless the point is its absence.
  /// - Throws: ``BanditError/horizon(_:)`` for a negative horizon.
  public func problem(horizon: Int? = nil) throws(BanditError) -> BanditProblem {
    let steps = horizon ?? standardHorizon
    let bandit: TallyingBandit
    switch self {
    case .stochastic:
      bandit = try TallyingBandit(losses: [.constant(0.6), .constant(0.4)], weights: .unit(memory: 1))
    case .tallying:
      bandit = try TallyingBandit(
        losses: [.table([0.9, 0.5, 0.1]), .constant(0.4), .table([0.2, 0.3, 0.6])], weights: .unit(memory: 3))
    case .congested:
      bandit = try TallyingBandit(
        losses: [.linear(a: 0.1, b: 0.1), .linear(a: 0.2, b: 0.05), .constant(0.5)], weights: .unit(memory: 6))
    case .rotting:
      bandit = try TallyingBandit(
        losses: [.linear(a: 0, b: 1.5 / Double(max(1, steps))), .linear(a: 0.25, b: 0.5 / Double(max(1, steps)))],
        weights: .unit(memory: max(1, steps)))
    case .improving:
      bandit = try TallyingBandit(
        losses: [
          .exponential(lo: 0.1, hi: 1, c: 4 / Double(max(1, steps))),
          .exponential(lo: 0.4, hi: 0.8, c: 10 / Double(max(1, steps))),
        ], weights: .unit(memory: max(1, steps)))
    case .singlePeaked:
      bandit = try TallyingBandit(
        losses: [
          .vee(lo: 0.1, slope: 2 / Double(max(1, steps)), at: 0.4 * Double(steps)), .constant(0.4),
        ], weights: .unit(memory: max(1, steps)))
    case .fadingGeometric:
      bandit = try TallyingBandit(
        losses: [.exponential(lo: 0.1, hi: 1, c: 0.5), .constant(0.3)], weights: .geometric(0.8, memory: 12))
    case .fadingLinear:
      bandit = try TallyingBandit(
        losses: [.exponential(lo: 0.1, hi: 1, c: 0.5), .constant(0.3)], weights: .fading(memory: 12))
    case .fadingPowerLaw:
      bandit = try TallyingBandit(
        losses: [.exponential(lo: 0.1, hi: 1, c: 0.8), .constant(0.3)], weights: .powerLaw(1, memory: 12))
    case .needle:
      bandit = try Self.needle(pattern: [false, true, true])
    case .slowBestArm:
      bandit = try TallyingBandit(
        losses: [
          .exponential(lo: 0.1, hi: 1, c: 0.25), .constant(0.3), .constant(0.35), .constant(0.4), .constant(0.45),
        ],
        weights: .unit(memory: 20))
    case .allNeedPractice:
      bandit = try TallyingBandit(
        losses: zip([0.1, 0.3, 0.35, 0.4, 0.45], [0.15, 0.5, 0.5, 0.5, 0.5]).map {
          .exponential(lo: $0, hi: 1, c: $1)
        }, weights: .unit(memory: 20))
    case .cliff:
      bandit = try TallyingBandit(
        losses: [.step(hi: 1, lo: 0, threshold: 256), .constant(0.4), .constant(0.5)], weights: .unit(memory: 256))
    case .hidden:
      bandit = try Self.hidden(armCount: 10, memory: 50, best: 6)
    }
    return try BanditProblem(.tallying(bandit, noise: self == .hidden ? .none : .bernoulli), horizon: steps)
  }

  private var standardHorizon: Int {
    switch self {
    case .slowBestArm, .allNeedPractice, .cliff: 20_000
    case .rotting, .improving, .singlePeaked: 200
    case .needle: 12
    default: 1000
    }
  }

  /// The needle: loss 0 for arm 0 only when exactly the plays of the pattern stand in its window, 1 otherwise.
  ///
  /// With w[j] = 2^(−j) a tally spells out which of the last plays were of arm 0, so an optimal sequence knows the secret
  /// and a learner must search for it.
  ///
  /// - Parameter pattern: Whether arm 0 was played 1, 2, … steps ago; m is one more than its length, at most 50.
  /// - Returns: Two arms, of which the other one always costs 1.
  /// - Throws: ``BanditError/memory(_:)`` for a longer pattern.
  public static func needle(pattern: [Bool]) throws(BanditError) -> TallyingBandit {
    guard pattern.count < 50 else { throw .memory(pattern.count + 1) }
    var tally = 1.0
    for (lag, played) in pattern.enumerated() where played { tally += Double.exp2(Double(-lag - 1)) }
    // A vee that reaches 1 half a grid step away is 0 on the pattern's tally and 1 on every other.
    let slope = Double.exp2(Double(pattern.count))
    return try TallyingBandit(
      losses: [.vee(lo: 0, slope: slope, at: tally), .constant(1)], weights: .geometric(0.5, memory: pattern.count + 1))
  }

  /// The lower-bound instance: arm `best` has loss 0 once its window of `memory` plays is full, all else costs 1.
  ///
  /// Source: Malik, Li, Singh, COLT 2022, proposition 1.
  public static func hidden(armCount: Int, memory: Int, best: Int) throws(BanditError) -> TallyingBandit {
    try TallyingBandit(
      losses: (0..<armCount).map { $0 == best ? .step(hi: 1, lo: 0, threshold: Double(memory)) : .constant(1) },
      weights: .unit(memory: memory))
  }
}
