internal import LinearAlgebra
internal import MDPs
internal import RealModule
internal import Synchronization

/// What a distance proves about regret on one world.
public struct RegretBound: Sendable, Equatable {
  /// Which regret is bounded, over the range of the true reward.
  public enum Quantity: String, Sendable, Equatable {
    /// The worst-case regret of the proxy.
    case worstCase
    /// The regret of the policies that are optimal for the proxy.
    case optimalPolicy
  }

  /// The distance.
  public let distance: RewardDistance
  /// What is bounded.
  public let quantity: Quantity
  /// The regret is at least this; in [0, 1].
  public let lower: Double
  /// The regret is at most this; in [0, 1].
  public let upper: Double
  /// U, where the bound is U times the distance; else nil.
  public let soundness: Double?
  /// L, where the bound is L times the distance; else nil.
  public let completeness: Double?
  /// Why, in a few words.
  public let basis: String
}

/// Bounds of the regret of one proxy by its distances from the true reward.
///
/// The constants follow from α∞, the least range of returns of an advantage function of maximum norm 1: norms of the other
/// canonical forms differ from it by powers of the number of pairs, and ranges of returns are at most 2, √2 and 1 over
/// 1 − γ times the L∞, L2 and L1 norms by pair, because differences of occupancies have these norms in the dual.
///
/// Distances are taken as known to ``rounding``.
///
/// Source: Skalse et al., STARC, arXiv 2309.15257 (2024) for soundness and completeness; the bound of EPIC is theorem A.16
/// of Gleave et al., arXiv 2006.13900 (2021), with the constant derived anew.
struct RegretBounds {
  private let world: ComparisonWorld
  private let first: ComparedReward
  private let second: ComparedReward
  private let alpha: Double?
  private let pairCount: Double
  private let slack: Double

  /// How far a distance may be off by rounding: what is proven allows for it.
  static let rounding = 1e-12

  init(
    _ world: ComparisonWorld, _ first: ComparedReward, _ second: ComparedReward, alpha: Double?
  ) {
    self.world = world
    self.first = first
    self.second = second
    self.alpha = alpha
    let mdp = world.mdp
    pairCount = Double(mdp.availability?.count { $0 } ?? mdp.stateCount * mdp.actionCount)
    slack = 1 - mdp.discount
  }

  /// What `value` proves; nil where it proves nothing.
  func bound(of value: DistanceValue) throws(RewardDistanceError) -> RegretBound? {
    switch value.distance {
    case .half(let distance):
      guard
        let whole = try bound(of: DistanceValue(distance: distance, value: 2 * value.value, note: value.note))
      else { return nil }
      return RegretBound(
        distance: value.distance, quantity: whole.quantity, lower: whole.lower, upper: whole.upper,
        soundness: whole.soundness.map { 2 * $0 }, completeness: whole.completeness.map { 2 * $0 }, basis: whole.basis)
    case .range:
      return constants(value, soundness: 1, completeness: 0.5, "U = 1 and L = 1/2 hold in every model")
    case .standardised(.projection, _, .angle):
      let best = try constants(of: value)
      let upper = min(try angleBound(), best?.upper ?? 1)
      return RegretBound(
        distance: value.distance, quantity: .worstCase, lower: best?.lower ?? 0, upper: upper,
        soundness: best?.soundness, completeness: best?.completeness,
        basis: "sin θ · √2/(1 − γ) · ‖p‖/range, for this pair alone" + (best == nil ? "" : "; L from visits"))
    case .standardised: return try constants(of: value)
    case .pearson(.epic, .uniform): return try epic(value)
    default: return nil
    }
  }

  private func constants(
    _ value: DistanceValue, soundness: Double, completeness: Double, _ basis: String
  ) -> RegretBound {
    RegretBound(
      distance: value.distance, quantity: .worstCase,
      lower: min(1, completeness * max(0, value.value - Self.rounding)),
      upper: min(1, soundness * (value.value + Self.rounding)), soundness: soundness, completeness: completeness,
      basis: basis)
  }

  /// U = β_m/(ℓ α_n) and L = α_n/(2 β_n u κ).
  private func constants(of value: DistanceValue) throws(RewardDistanceError) -> RegretBound? {
    guard let alpha, alpha > 0, case .standardised(let canonicalisation, let norm, let metric) = value.distance else {
      return nil
    }
    let basis = "α∞ ≥ \(rounded(alpha)) from \(world.isSmall ? "first visits" : "visits"), β from dual norms"
    if canonicalisation == .minimalL2 {
      guard norm == RewardNorm(.two) else { return nil }
      let alpha = alpha / (Double(world.mdp.stateCount) * (pairCount / Double(world.mdp.stateCount)).squareRoot())
      let beta = 2.0.squareRoot() / slack
      switch metric {
      case .angle:
        return constants(value, soundness: beta / alpha, completeness: alpha / (beta * .pi), basis)
      case .norm(norm): return constants(value, soundness: beta / alpha, completeness: alpha / (2 * beta), basis)
      default: return nil
      }
    }
    // By pair: n(x) = c ‖x‖_p, so that factors of the number of next states are seen.
    guard let n = pairNorm(norm) else { return nil }
    switch canonicalisation {
    case .valueAdjustedLevelling: break
    case .projection: guard norm.order == .two else { return nil }
    default: return nil
    }
    let leastRange = alpha / (n.factor * power(n.order))
    let largestRange = dualBound(n.order) / n.factor
    switch metric {
    case .angle:
      guard norm.order == .two else { return nil }
      return constants(
        value, soundness: largestRange / leastRange, completeness: leastRange / (largestRange * .pi), basis)
    case .norm(let other):
      guard let m = pairNorm(other) else { return nil }
      let ratio = m.factor / n.factor * power(m.order) / min(power(m.order), power(n.order))
      return constants(
        value, soundness: dualBound(m.order) / m.factor / leastRange,
        completeness: leastRange / (2 * largestRange * ratio), basis)
    }
  }

  /// c and p of a norm that is c ‖x‖_p on functions by pair; nil where the weights depend on the pair.
  private func pairNorm(_ norm: RewardNorm) -> (factor: Double, order: RewardNorm.Order)? {
    let n = Double(world.mdp.stateCount)
    let order: RewardNorm.Order = norm.order == .supremum ? .infinity : norm.order
    guard order != .zero else { return nil }
    if norm.order == .supremum {
      return norm.weighting == .unit || norm.weighting == .uniform || norm.weighting == .transitions ? (1, order) : nil
    }
    let weight: Double
    switch norm.weighting {
    case .unit: weight = 1
    case .uniform: weight = 1 / (pairCount * n)
    case .transitions:
      guard order != .infinity else { return nil }
      return (1, order)
    case .occupancy, .custom: return nil
    }
    switch order {
    case .one: return (weight * n, order)
    case .two: return ((weight * n).squareRoot(), order)
    default: return (weight, order)
    }
  }

  /// ‖x‖_p ≤ this times ‖x‖∞
  private func power(_ order: RewardNorm.Order) -> Double {
    switch order {
    case .one: pairCount
    case .two: pairCount.squareRoot()
    default: 1
    }
  }

  /// max |⟨x, d₁ − d₂⟩| / ‖x‖_p
  private func dualBound(_ order: RewardNorm.Order) -> Double {
    switch order {
    case .one: 1 / slack
    case .two: 2.0.squareRoot() / slack
    default: 2 / slack
    }
  }

  /// sin(min(θ, π/2)) · √2/(1 − γ) · ‖p₁‖₂ / range(R₁)
  private func angleBound() throws(RewardDistanceError) -> Double {
    let range = try first.returnRange().value
    guard range > 0, try !second.isTrivial() else { return 1 }
    let angle = try world.projectedAngle(first, second)
    let sine = angle < .pi / 2 ? Double.sin(angle) : 1
    return min(1, (sine + Self.rounding) * 2.0.squareRoot() / slack * (try first.projected().norm) / range)
  }

  /// 4 K ‖C(R₁)‖ d/(1 − γ) over the range, K = S A S max P: no transition is likelier at any time than K times the uniform
  /// coverage.
  private func epic(_ value: DistanceValue) throws(RewardDistanceError) -> RegretBound? {
    let range = try first.returnRange().value
    guard range > 0 else { return nil }
    let mdp = world.mdp
    var likeliest = 0.0
    for row in 0..<mdp.transitions.rowCount {
      mdp.transitions.forEachSuccessor(ofRow: row) { _, p in likeliest = max(likeliest, p) }
    }
    let coverage = pairCount * Double(mdp.stateCount) * likeliest
    let uniform = try world.weights(.uniform, for: value.distance.name)
    let size = uniform.norm(try first.canonical(.epic), order: .two)
    let soundness = 4 * coverage * size / slack / range
    return RegretBound(
      distance: value.distance, quantity: .optimalPolicy, lower: 0,
      upper: min(1, soundness * (value.value + Self.rounding)),
      soundness: soundness, completeness: nil,
      basis: "4 K ‖C(R)‖/((1 − γ) range) with K = \(rounded(coverage)), for this true reward")
  }

  private func rounded(_ x: Double) -> Double {
    guard x > 0, x.isFinite else { return x }
    var scale = 1.0
    while x * scale < 1000 { scale *= 10 }
    return (x * scale).rounded() / scale
  }
}

extension ComparisonWorld {
  /// What each of `values` proves about the regret of `second` when `first` is meant.
  ///
  /// Constants need a policy that plays every action and every state reachable, and none are known for the forms that forget
  /// shaping alone; those that rest on the pair alone do without. Nothing is proven for a true reward that is trivial, whose
  /// regret is 0.
  ///
  /// - Throws: ``RewardDistanceError``
  /// - Complexity: S solves up to ``boundedStateCount`` states, one beyond, with weaker constants; once a world.
  public func regretBounds(
    of values: [DistanceValue], _ first: ComparedReward, _ second: ComparedReward
  ) throws(RewardDistanceError) -> [RegretBound] {
    guard mdp.discount < 1, try core() === self, try !first.isTrivial() else { return [] }
    let bounds = RegretBounds(self, first, second, alpha: leastAdvantageRange())
    var result: [RegretBound] = []
    for value in values { if let bound = try bounds.bound(of: value) { result.append(bound) } }
    return result
  }

  /// States up to which constants rest on first visits, which take a solve a state.
  public static let boundedStateCount = 400

  /// The largest model, in pairs, for which α∞ is found exactly in a comparison of two rewards.
  private static let exactPairCount = 40

  /// Whether a solve a state is affordable.
  fileprivate var isSmall: Bool { mdp.stateCount <= Self.boundedStateCount }

  /// A lower bound of α∞, exact on small models; nil where no constants exist.
  private func leastAdvantageRange() -> Double? {
    keptAlpha.withLock { kept in
      if let kept { return kept }
      let isTiny = mdp.stateCount * mdp.actionCount <= Self.exactPairCount
      let found =
        isSmall
        ? (try? soundnessConstants(programLimit: isTiny ? SoundnessConstants.programLimit : 0))
          .map { $0.alpha ?? $0.alphaLowerBound } : try? leastRangeFromVisits()
      let alpha: Double? = found.flatMap { $0 > 0 ? $0 : nil }
      kept = .some(alpha)
      return alpha
    }
  }
}
