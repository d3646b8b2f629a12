internal import LinearAlgebra
public import MDPs
internal import Synchronization

/// A reward on a world that is ready to be compared: its expected form, projection, canonical forms and range of returns
/// are worked out once, when first needed.
public final class ComparedReward: Sendable {
  /// Where it is compared.
  public let world: ComparisonWorld
  /// The reward as given, on all states.
  public let original: Reward
  /// The reward on the states that count.
  public let reward: Reward
  /// r(s, a) = Σ_t P(t | s, a) R(s, a, t), shape (S·A).
  public let expected: [Double]

  private let keptProjected = Lazily<ProjectedReward>()
  private let isKnownToMatter = Mutex(false)
  private let keptRaw = Lazily<TransitionFunction>()
  private let keptExtremes = Lazily<ReturnPlanner.Extremes>()
  private let keptRange = Lazily<ReturnRange>()
  private let keptCore = Lazily<ComparedReward>()
  private let keptCanonical = Mutex<[Canonicalisation: TransitionFunction]>([:])

  init(world: ComparisonWorld, original: Reward, reward: Reward, expected: [Double]) {
    self.world = world
    self.original = original
    self.reward = reward
    self.expected = expected
  }

  /// The name.
  public var name: String { original.name }

  /// The same reward on the reachable states alone.
  public func core() throws(RewardDistanceError) -> ComparedReward {
    let core = try world.core()
    guard core !== world else { return self }
    return try keptCore.value { () throws(RewardDistanceError) in try core.admit(original) }
  }

  /// r = p + Bᵀ Φ: what policies can tell apart, and a potential.
  public func projected() throws(RewardDistanceError) -> ProjectedReward {
    let projection = try world.projection()
    return try keptProjected.value { () throws(RewardDistanceError) in try projection.project(expected) }
  }

  /// Whether all policies have the same return, to within the triviality tolerance.
  ///
  /// An advantage that was worked out before may settle it, which saves the projection.
  public func isTrivial() throws(RewardDistanceError) -> Bool {
    if isKnownToMatter.withLock({ $0 }) { return false }
    return try projected().relativeNorm <= world.options.trivialityTolerance
  }

  /// The best and worst policies under the projection, on this world.
  func extremes() throws(RewardDistanceError) -> ReturnPlanner.Extremes {
    try keptExtremes.value { () throws(RewardDistanceError) in
      try ReturnPlanner(world).extremes(of: try projected().values)
    }
  }

  /// max J, min J and policies that reach them, on the reachable states.
  public func returnRange() throws(RewardDistanceError) -> ReturnRange {
    let core = try self.core()
    return try core.keptRange.value { () throws(RewardDistanceError) in try ReturnRange(of: core) }
  }

  /// The reward on every transition, possible or not.
  ///
  /// - Throws: ``RewardDistanceError/reward(name:state:action:next:value:)`` when it is not finite somewhere.
  package func raw() throws(RewardDistanceError) -> TransitionFunction {
    try keptRaw.value { () throws(RewardDistanceError) in try makeRaw() }
  }

  /// c(R) for the given canonicalisation.
  ///
  /// - Throws: ``RewardDistanceError/undiscounted(quantity:)`` at discount 1 except for EPIC, DARD and the least
  ///   potential, and as ``RewardDistanceError`` says where an input or a size does not allow it.
  public func canonical(_ canonicalisation: Canonicalisation) throws(RewardDistanceError) -> TransitionFunction {
    if let kept = keptCanonical.withLock({ $0[canonicalisation] }) { return kept }
    let made = try makeCanonical(canonicalisation)
    let isKnownToMatter = canonicalisation == .valueAdjustedLevelling && world.provesToMatter(made.pair, expected)
    keep(canonicalisation, made, isKnownToMatter: isKnownToMatter)
    return made
  }

  /// Keeps a canonical form, and that the reward is not trivial where it shows that.
  func keep(_ canonicalisation: Canonicalisation, _ form: TransitionFunction, isKnownToMatter: Bool) {
    keptCanonical.withLock { if $0[canonicalisation] == nil { $0[canonicalisation] = form } }
    if isKnownToMatter { self.isKnownToMatter.withLock { $0 = true } }
  }

  /// Keeps a projection that a computation for many rewards at once has found.
  func keep(_ projected: ProjectedReward) throws(RewardDistanceError) {
    _ = try keptProjected.value { () throws(RewardDistanceError) in projected }
  }

  /// Whether a form was worked out already.
  func has(_ canonicalisation: Canonicalisation) -> Bool { keptCanonical.withLock { $0[canonicalisation] != nil } }

  /// Whether the projection was worked out already.
  var hasProjection: Bool { keptProjected.isMade }

  /// Whether c(R) is 0 up to rounding: decided against the size of the raw reward, never by `== 0`.
  func isCanonicallyZero(_ canonicalisation: Canonicalisation) throws(RewardDistanceError) -> Bool {
    if canonicalisation == .valueAdjustedLevelling { _ = try canonical(canonicalisation) }
    if canonicalisation.ignoresRedistribution { return try isTrivial() }
    let weights = try world.weights(.unit, for: canonicalisation.name)
    let size = weights.norm(try raw(), order: .two)
    guard canonicalisation != .none else { return size == 0 }
    return weights.norm(try canonical(canonicalisation), order: .two) <= world.options.trivialityTolerance * size
  }

  private func makeRaw() throws(RewardDistanceError) -> TransitionFunction {
    let (S, A) = (world.mdp.stateCount, world.mdp.actionCount)
    var pair = [Double](repeating: 0, count: S * A)
    var table = TransitionFunction.Table.none
    switch reward.values {
    case .state(let r): for k in pair.indices { pair[k] = r[k / A] }
    case .pair(let r): pair = r.elements
    case .transition(let r): table = .dense(r)
    case .sparseTransition(let r): table = .sparse(r)
    }
    if world.mdp.availability != nil {
      // What stands at actions that cannot be played counts nowhere, finite or not.
      let isAvailable = pair.indices.map { world.mdp.isAvailable($0 / A, $0 % A) }
      for k in pair.indices where !isAvailable[k] { pair[k] = 0 }
      table = table.zeroing { !isAvailable[$0] }
    }
    if let k = pair.firstIndex(where: { !$0.isFinite }) {
      throw .reward(name: name, state: world.states[k / A], action: k % A, next: 0, value: pair[k])
    }
    switch table {
    case .none: break
    case .dense(let matrix):
      if let i = matrix.elements.firstIndex(where: { !$0.isFinite }) {
        throw notFinite(row: i / S, next: i % S, value: matrix.elements[i])
      }
    case .sparse(let rows):
      for k in pair.indices {
        for i in rows.positions(ofRow: k) where !rows.values[i].isFinite {
          throw notFinite(row: k, next: Int(rows.columns[i]), value: rows.values[i])
        }
      }
    }
    return TransitionFunction(stateCount: S, actionCount: A, pair: pair, table: table)
  }

  private func notFinite(row: Int, next: Int, value: Double) -> RewardDistanceError {
    let width = world.mdp.actionCount
    return .reward(
      name: name, state: world.states[row / width], action: row % width, next: world.states[next], value: value)
  }
}
