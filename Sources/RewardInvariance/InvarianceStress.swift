internal import LinearAlgebra
internal import MDPs

/// Many random pairs of rewards whose relation is known, and how often the test of policy order is wrong about them.
///
/// Half of the pairs are exact transforms (a positive scale, shaping, redistribution): they order all policies alike. The
/// other half are near misses: the same transforms with each expected reward moved by a random fraction of about
/// `perturbation` of the reward's size, which no transform explains.
///
/// Source of the theorem: Skalse, Abate, Misspecification in inverse reinforcement learning (AAAI 2023), arXiv 2212.03201.
public struct InvarianceStress: Sendable {
  /// How many exact transforms, and how many near misses.
  public var pairCount: Int
  /// The discounts that take turns.
  public var discounts: [Double]
  /// The relative size of a near miss.
  public var perturbation: Double

  /// A run of `pairCount` pairs of each kind.
  public init(
    pairCount: Int, discounts: [Double] = [0.5, 0.9, 0.99, 1 - 1e-6, 1 - 1e-9], perturbation: Double = 1e-6
  ) {
    precondition(pairCount >= 0 && !discounts.isEmpty && perturbation > 0, "pairs, discounts and a size are needed")
    self.pairCount = pairCount
    self.discounts = discounts
    self.perturbation = perturbation
  }

  /// The outcome at one discount.
  public struct Outcome: Sendable, Equatable {
    /// γ
    public let discount: Double
    /// Exact transforms, and near misses, that were looked at.
    public internal(set) var pairs = 0
    /// Exact transforms that were called different.
    public internal(set) var falseDifferences = 0
    /// Near misses that were called the same.
    public internal(set) var falseEquivalences = 0
    /// Certificates of exact transforms that the independent checker refused.
    public internal(set) var refusedCertificates = 0
    /// The largest residual of an exact transform.
    public internal(set) var largestExactResidual = 0.0
    /// The smallest residual of a near miss.
    public internal(set) var smallestNearMissResidual = Double.infinity
  }

  /// Runs all pairs.
  ///
  /// - Parameter generator: the source of randomness.
  /// - Returns: one outcome a discount.
  /// - Throws: ``RewardInvarianceError``; none is expected.
  /// - Complexity: two small least-squares problems a pair
  public func run(using generator: inout some RandomNumberGenerator) throws(RewardInvarianceError) -> [Outcome] {
    var outcomes = discounts.map { Outcome(discount: $0) }
    for i in 0..<pairCount {
      let d = i % discounts.count
      let (mdp, first) = try world(discount: discounts[d], using: &generator)
      let potential = Potentials.random(for: mdp, size: 10, using: &generator)
      let noise = StudyProblems.table(mdp, using: &generator)
      let exact = try first.scaled(by: Double.random(in: 0.1...10, using: &generator)).shaped(by: potential, in: mdp)
        .redistributed(in: mdp) { noise[mdp.pair($0, $1), $2] }
      let moves = (0..<(mdp.stateCount * mdp.actionCount)).map { _ in
        perturbation * (Bool.random(using: &generator) ? 1 : -1) * Double.random(in: 0.5...1, using: &generator) * 10
      }
      let near = try exact.adding(in: mdp) { s, a, _ in moves[mdp.pair(s, a)] }
      let found = try InvarianceCheck(mdp, from: first, to: exact).decide(.samePolicyOrder)
      let missed = try InvarianceCheck(mdp, from: first, to: near).decide(.samePolicyOrder)
      outcomes[d].pairs += 1
      outcomes[d].falseDifferences += found.holds ? 0 : 1
      outcomes[d].falseEquivalences += missed.holds ? 1 : 0
      if case .certificate(let certificate) = found.evidence,
        !CertificateChecker().check(certificate, first: first, second: exact, in: mdp).isValid
      {
        outcomes[d].refusedCertificates += 1
      }
      outcomes[d].largestExactResidual = max(outcomes[d].largestExactResidual, found.residual ?? 0)
      outcomes[d].smallestNearMissResidual = min(outcomes[d].smallestNearMissResidual, missed.residual ?? 0)
    }
    return outcomes
  }

  /// A model of 3 to 8 states and 2 to 4 actions, where all states are start states, with a reward of transitions.
  private func world(
    discount: Double, using generator: inout some RandomNumberGenerator
  ) throws(RewardInvarianceError) -> (MDP, Reward) {
    let states = Int.random(in: 3...8, using: &generator)
    let actions = Int.random(in: 2...4, using: &generator)
    let mdp = try StudyProblems.model(states: states, actions: actions, discount: discount, using: &generator)
    return (mdp, StudyProblems.reward(mdp, using: &generator))
  }
}
