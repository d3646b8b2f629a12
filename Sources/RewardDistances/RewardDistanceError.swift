public import LinearAlgebra
public import MDPs
public import MDPSolvers

/// What is wrong with a comparison of rewards that a caller asked for.
///
/// `description` is one sentence: what, where, and how to mend it.
public enum RewardDistanceError: Error, Equatable, Sendable {
  /// No distance has this name; `nearest` are names that look like it.
  case unknownDistance(name: String, nearest: [String])
  /// The quantity needs a discount below 1.
  case undiscounted(quantity: String)
  /// A reward that is read on every transition, possible or not, is NaN or infinite.
  case reward(name: String, state: Int, action: Int, next: Int, value: Double)
  /// The quantity is read on every transition and would need an array that is too large.
  case tooLarge(quantity: String, entries: Int, limit: Int)
  /// The quantity is not defined where states have different action sets.
  case unavailableActions(quantity: String)
  /// A weight or probability array has another shape, or a bad entry.
  case weights(of: String, reason: String)
  /// The distance asks for weights that were not given.
  case missingWeights(distance: String)
  /// A transition of a sample is malformed; rows count from 0.
  case sample(row: Int, reason: String)
  /// The distance cannot be estimated from transitions alone.
  case notEstimable(distance: String)
  /// The model or a reward does not fit.
  case model(MDPError)
  /// A factorisation failed.
  case algebra(LinearAlgebraError)
  /// A planning problem could not be posed.
  case solver(SolverError)
  /// An iteration did not reach its tolerance.
  case notConverged(quantity: String, residual: Double, tolerance: Double)
}

extension RewardDistanceError: CustomStringConvertible {
  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .unknownDistance(let name, let nearest):
      "there is no distance called \"\(name)\"; "
        + (nearest.isEmpty
          ? "names are CANONICALISATION-NORM-METRIC such as VAL-2-2, or one of range, EPIC, DARD"
          : "did you mean \(nearest.joined(separator: ", "))?")
    case .undiscounted(let quantity):
      "\(quantity) needs a discount below 1; give the model one (EPIC and DARD do without)"
    case .reward(let name, let s, let a, let t, let value):
      "reward \"\(name)\" is \(value) in state \(s), action \(a), next state \(t), and this distance reads every transition, "
        + "possible or not; make it finite, or use a distance built on expected rewards such as VAL-2-2"
    case .tooLarge(let quantity, let entries, let limit):
      "\(quantity) reads \(entries) transitions, more than the limit of \(limit); "
        + "use a distance built on expected rewards such as VAL-2-2, or one with weights w or o"
    case .unavailableActions(let quantity):
      "\(quantity) is defined only where every action is available in every state; use VAL-2-2 or EPIC instead"
    case .weights(let name, let reason):
      "\(name): \(reason)"
    case .missingWeights(let distance):
      "\(distance) uses the weights of the caller, but none were given; set the weights in the options of the comparison"
    case .sample(let row, let reason): "transition \(row): \(reason)"
    case .notEstimable(let distance):
      "\(distance) cannot be estimated from transitions; ask for None, EPIC, DARD, VAL or VALPotential with norms 1, 2, inf, "
        + "sup (prefixes u, w, c) or angle, or for EPIC, DARD, pearson (-w, -c) or spearman"
    case .model(let error): error.description
    case .algebra(let error): error.description
    case .solver(let error): error.description
    case .notConverged(let quantity, let residual, let tolerance):
      "\(quantity) reached a residual of \(residual), not \(tolerance); loosen the tolerance or use a smaller discount"
    }
  }
}

/// Runs `body` and reports a fault of the linear algebra as one of the comparison.
func algebra<Value>(_ body: () throws(LinearAlgebraError) -> Value) throws(RewardDistanceError) -> Value {
  do { return try body() } catch { throw .algebra(error) }
}

/// Runs `body` and reports a fault of the model as one of the comparison.
func model<Value>(_ body: () throws(MDPError) -> Value) throws(RewardDistanceError) -> Value {
  do { return try body() } catch { throw .model(error) }
}
