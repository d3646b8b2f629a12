/// The horizon from which one bound is at most another, everything else fixed.
///
/// Doubles H from 1 until the first bound is at most the second, then bisects over whole horizons. When the bounds cross
/// more than once, the answer is one crossing. Bounds on different reward scales may be compared, but then the
/// statements are about different classes of rewards: a bound for `step` rewards also covers `total` rewards at the
/// same ε, not the other way round.
public struct CrossoverHorizon: Sendable {
  /// The bound that is to become the smaller one.
  public let challenger: Bound
  /// The bound it is compared with.
  public let incumbent: Bound
  /// The largest horizon looked at.
  public let limit: Int

  /// What was found.
  public struct Answer: Sendable, Equatable {
    /// The least horizon at which the challenger is at most the incumbent.
    public let horizon: Int
    /// The challenger there.
    public let challenger: Double
    /// The incumbent there.
    public let incumbent: Double
    /// The largest power of two below the crossing that was compared, where the challenger is larger; nil when it is
    /// smaller from H = 1 on.
    public let above: Int?
  }

  /// Compares two bounds of the same measure.
  ///
  /// - Throws: ``ExplorationError/incomparable(_:_:why:)`` when one counts episodes and the other regret.
  public init(_ challenger: Bound, below incumbent: Bound, limit: Int = 1 << 40) throws(ExplorationError) {
    guard challenger.measure == incumbent.measure else {
      throw .incomparable(
        challenger.id, incumbent.id,
        why: "one bounds \(challenger.measure.rawValue), the other \(incumbent.measure.rawValue)")
    }
    guard challenger.form == incumbent.form else {
      throw .incomparable(
        challenger.id, incumbent.id, why: "constants of a leading order are set to 1, those of an explicit form are not"
      )
    }
    self.challenger = challenger
    self.incumbent = incumbent
    self.limit = limit
  }

  /// The crossing for `parameters`, whose horizon is ignored; nil when there is none up to ``limit``.
  public func solve(_ parameters: BoundParameters) -> Answer? {
    func answer(at horizon: Int, above: Int?) -> Answer? {
      let here = parameters.with(horizon: horizon)
      guard let first = challenger.evaluate(here).number, let second = incumbent.evaluate(here).number,
        first <= second, first.isFinite
      else { return nil }
      return Answer(horizon: horizon, challenger: first, incumbent: second, above: above)
    }
    var high = 1
    var above: Int?
    while answer(at: high, above: nil) == nil {
      guard high <= limit / 2 else { return nil }
      above = high
      high *= 2
    }
    var low = above ?? 0
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if answer(at: middle, above: nil) != nil { high = middle } else { low = middle }
    }
    return answer(at: high, above: above)
  }
}
