/// A norm of functions on transitions, ‖X‖ = (Σ W |X|ᵖ)^(1/p), with a name such as `2`, `w1` or `oinf`.
///
/// Source: Skalse et al., STARC, arXiv 2309.15257 (2024); weight `w` is that of its published code.
public struct RewardNorm: Sendable, Hashable {
  /// The exponent p.
  public enum Order: String, Sendable, Hashable, CaseIterable {
    /// Σ W |X|
    case one = "1"
    /// (Σ W X²)^½
    case two = "2"
    /// max W |X|: the weight multiplies.
    case infinity = "inf"
    /// max |X| over the support of W: the weight only selects.
    case supremum = "sup"
    /// No normalisation: divides by 1. A baseline, and no norm.
    case zero = "0"
  }

  /// The weights W(s, a, t).
  public enum Weighting: String, Sendable, Hashable, CaseIterable {
    /// W = 1
    case unit = ""
    /// W = 1 / (number of transitions): the uniform distribution.
    case uniform = "u"
    /// W = P(t | s, a)
    case transitions = "w"
    /// W = (1 − γ) d(s, a) P(t | s, a), d the occupancy of the comparison's policy (uniform by default).
    case occupancy = "o"
    /// The array that the caller gave to the comparison.
    case custom = "c"
  }

  /// The exponent.
  public let order: Order
  /// The weights.
  public let weighting: Weighting

  /// The norm with the given exponent and weights.
  public init(_ order: Order, weighting: Weighting = .unit) {
    self.order = order
    self.weighting = order == .zero ? .unit : weighting
  }

  /// The norm with the given name, such as `2`, `winf`, `0`; nil when there is none.
  public init?(name: String) {
    for weighting in Weighting.allCases.reversed() where name.hasPrefix(weighting.rawValue) {
      if let order = Order(rawValue: String(name.dropFirst(weighting.rawValue.count))) {
        guard order != .zero || weighting == .unit else { return nil }
        self.init(order, weighting: weighting)
        return
      }
    }
    return nil
  }

  /// The name from which ``init(name:)`` makes the same norm.
  public var name: String { weighting.rawValue + order.rawValue }
}
