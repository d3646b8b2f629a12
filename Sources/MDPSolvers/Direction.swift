/// Whether rewards are to be made large or small.
///
/// Solvers work on the maximum; a minimum is the maximum of the negated reward, negated back.
public enum Direction: String, Sendable, Equatable, CaseIterable {
  /// Rewards are gains.
  case maximise = "max"
  /// Rewards are costs.
  case minimise = "min"

  /// +1 for gains, −1 for costs: what a reward is multiplied with to be maximised.
  var sign: Double { self == .maximise ? 1 : -1 }
}
